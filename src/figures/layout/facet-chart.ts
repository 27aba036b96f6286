import * as Plot from "@observablehq/plot";
import { valueLabel } from "../../analysis/labels.js";
import { type Chart, type ChartPart, composeChart, renderPlot } from "../svg/chart.js";
import { axisMarks, type ChartAxis, leftMargin } from "./axes.js";
import type { FacetLayout } from "./facets.js";
import { type ChartLegend, renderLegend } from "./legend.js";

/** A chart of equal facets on common axes: what the figures that summarize a sweep share. */
export interface FacetChart {
  readonly title: string;
  readonly description: string;
  readonly layout: FacetLayout;
  /** The size of one facet in px, without axes and headings. */
  readonly facet: { readonly width: number; readonly height: number };
  readonly xAxis: ChartAxis;
  readonly yAxis: ChartAxis;
  readonly legend: ChartLegend | undefined;
  /** The marks of each row of the layout. They name their facet by `fx`: the column's value, "" for a single column. */
  readonly rows: readonly (readonly Plot.Markish[])[];
}

const gap = 24;
const rightMargin = 22;
const headingHeight = 22;

/** Draws the legend, then row after row. */
export function composeFacetChart(chart: FacetChart): Chart {
  const { title, description, layout, facet, yAxis, legend } = chart;
  const columns = layout.columns?.values.length ?? 1;
  const width = leftMargin(yAxis) + rightMargin + columns * (facet.width + gap) - gap;
  return composeChart(title, description, [
    ...(legend === undefined ? [] : [renderLegend(legend, width)]),
    ...layout.rows.map((_, index) => renderRow(chart, index, width)),
  ]);
}

/** Draws one row. The columns' headings stand above the first row, the x axis is labeled below the last. */
function renderRow(
  { layout, facet, xAxis, yAxis, rows }: FacetChart,
  index: number,
  width: number,
): ChartPart {
  const isLast = index === layout.rows.length - 1;
  const label = layout.rows[index]?.label ?? "";
  const columnHeading = index === 0 && layout.columns !== undefined ? headingHeight : 0;
  const rowHeading = label === "" ? 0 : headingHeight;
  const marginTop = 8 + columnHeading + rowHeading;
  const marginBottom = isLast ? 42 : 14;
  return renderPlot({
    width,
    height: marginTop + facet.height + marginBottom,
    marginTop,
    marginBottom,
    marginLeft: leftMargin(yAxis),
    marginRight: rightMargin,
    x: xAxis.scale,
    y: yAxis.scale,
    fx: { domain: layout.columns?.values ?? [""], paddingInner: gap / (facet.width + gap), axis: null },
    marks: [
      ...axisMarks(xAxis, yAxis, isLast),
      ...(rows[index] ?? []),
      ...(columnHeading > 0 ? columnHeadings(layout, rowHeading) : []),
      Plot.text([label], { facet: "super", frameAnchor: "top-left", dy: -7, lineAnchor: "bottom" }),
      Plot.text([yAxis.label], {
        facet: "super",
        frameAnchor: "left",
        textAnchor: "middle",
        dx: 14 - leftMargin(yAxis),
        rotate: -90,
      }),
      ...(isLast ? [Plot.text([xAxis.label], { facet: "super", frameAnchor: "bottom", dy: 36 })] : []),
    ],
  });
}

function columnHeadings({ columns }: FacetLayout, rowHeading: number): readonly Plot.Markish[] {
  return [
    Plot.text(columns?.values ?? [], {
      fx: (value: string) => value,
      text: (value: string) => valueLabel(columns?.key ?? "", value),
      frameAnchor: "top",
      dy: -8 - rowHeading,
      lineAnchor: "bottom",
      fontWeight: 600,
    }),
  ];
}
