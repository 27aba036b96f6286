import * as Plot from "@observablehq/plot";
import { valueLabel } from "../../analysis/labels.js";
import type { ChartOptions } from "../options.js";
import { type Chart, type ChartPart, composeChart, renderPlot } from "../svg/chart.js";
import { boldFactor, fontSize, wrapText } from "../svg/text.js";
import { axisMarks, type ChartAxis, leftMargin } from "./axes.js";
import type { FacetLayout } from "./facets.js";
import { bandsOf, type FacetFit, fitFacets } from "./fit.js";
import { type ChartLegend, renderLegend } from "./legend.js";

/** A chart of equal facets on common axes: what the figures that summarize a sweep share. */
export interface FacetChart {
  readonly title: string;
  readonly description: string;
  readonly layout: FacetLayout;
  /** The preferred size of one facet in px, without axes and headings. */
  readonly facet: { readonly width: number; readonly height: number };
  /** Returns the x axis of a facet of the given width in px. */
  readonly xAxis: (width: number) => ChartAxis;
  readonly yAxis: ChartAxis;
  readonly legend: ChartLegend;
  /**
   * Returns the marks of each row of the layout on an x axis of the given width in px. They name their facet by `fx`: the column's value, "" for a
   * single column.
   */
  readonly rows: (xAxis: ChartAxis, width: number) => readonly (readonly Plot.Markish[])[];
}

const gap = 24;
const rightMargin = 22;
const headingHeight = 22;
const headingLineHeight = 13;

/** One row of facets: a row of the layout, or a part of it where its columns do not fit side by side. */
interface FacetBand {
  readonly columns: readonly string[];
  readonly headings: readonly string[];
  readonly label: readonly string[];
  readonly marks: readonly Plot.Markish[];
  /** True if the ticks of its x axis are labeled: in the last row of the layout. */
  readonly isLabeled: boolean;
  readonly isLast: boolean;
}

/** Draws the legend, then row after row. */
export function composeFacetChart(chart: FacetChart, options: ChartOptions): Chart {
  const { layout, yAxis } = chart;
  const margins = { left: leftMargin(yAxis), right: rightMargin, gap };
  const fit = fitFacets(layout.columns?.values.length ?? 1, chart.facet.width, margins, options);
  const xAxis = chart.xAxis(fit.facetWidth);
  const legend = options.legend && chart.legend.entries.length > 0;
  return composeChart(
    chart.title,
    chart.description,
    [
      ...(legend ? [renderLegend(chart.legend, fit.width)] : []),
      ...facetBands(chart, fit, xAxis).map((band) => renderBand(band, chart, fit, xAxis)),
    ],
    options,
  );
}

/** Returns the bands of all rows. Columns that make one band have their headings above the first row only. */
function facetBands(
  { layout, rows, yAxis }: FacetChart,
  fit: FacetFit,
  xAxis: ChartAxis,
): readonly FacetBand[] {
  const { columns } = layout;
  const bands = bandsOf(columns?.values ?? [""], fit.perBand);
  const marks = rows(xAxis, fit.facetWidth);
  return layout.rows.flatMap(({ label }, row) =>
    bands.map((values, band) => ({
      columns: values,
      headings:
        columns !== undefined && (row === 0 || bands.length > 1)
          ? values.map((value) => heading(valueLabel(columns.key, value), fit.facetWidth + gap))
          : [],
      label: label === "" || band > 0 ? [] : wrapText(label, fit.width - leftMargin(yAxis) - rightMargin),
      marks: marks[row] ?? [],
      isLabeled: row === layout.rows.length - 1,
      isLast: row === layout.rows.length - 1 && band === bands.length - 1,
    })),
  );
}

function heading(text: string, width: number): string {
  return wrapText(text, width - 8, fontSize * boldFactor).join("\n");
}

/** Draws one band. The name of the x axis stands below the last one. */
function renderBand(
  band: FacetBand,
  { facet, yAxis }: FacetChart,
  fit: FacetFit,
  xAxis: ChartAxis,
): ChartPart {
  const { columns, headings, label, marks, isLabeled, isLast } = band;
  const headingLines = Math.max(0, ...headings.map((text) => text.split("\n").length));
  const headingRoom = headingLines === 0 ? 0 : headingHeight + (headingLines - 1) * headingLineHeight;
  const labelRoom = label.length === 0 ? 0 : headingHeight + (label.length - 1) * headingLineHeight;
  const marginTop = 8 + headingRoom + labelRoom;
  const marginBottom = isLast ? 42 : isLabeled ? 26 : 14;
  return renderPlot({
    width: fit.width,
    height: marginTop + facet.height + marginBottom,
    marginTop,
    marginBottom,
    marginLeft: leftMargin(yAxis),
    marginRight: fit.rightMargin(columns.length),
    x: xAxis.scale,
    y: yAxis.scale,
    fx: { domain: columns, paddingInner: gap / (fit.facetWidth + gap), axis: null },
    marks: [
      ...axisMarks(xAxis, yAxis, isLabeled),
      ...marks,
      Plot.text(headings, {
        fx: columns,
        text: headings,
        frameAnchor: "top",
        dy: -8 - labelRoom,
        lineAnchor: "bottom",
        fontWeight: 600,
      }),
      Plot.text([label.join("\n")], {
        facet: "super",
        frameAnchor: "top-left",
        dy: -7,
        lineAnchor: "bottom",
      }),
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
