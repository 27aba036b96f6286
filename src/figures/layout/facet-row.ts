import * as Plot from "@observablehq/plot";
import type { Axis } from "../../analysis/axes.js";
import { valueLabel } from "../../analysis/labels.js";
import { type Piece, plotted } from "../svg/chart.js";
import type { FacetLayout } from "./facets.js";

/** One row of panels with its axes. Marks name their panel by `fx`: the column's value, "" without columns. */
export interface FacetRow {
  readonly layout: FacetLayout;
  readonly index: number;
  /** Size of one panel in px, without axes and headings. */
  readonly panel: { readonly width: number; readonly height: number };
  readonly x: Plot.ScaleOptions & { readonly domain: readonly number[] };
  readonly y: Plot.ScaleOptions & { readonly domain: readonly number[] };
  readonly marks: readonly Plot.Markish[];
  readonly xAxis: AxisLook;
  readonly yAxis: AxisLook;
}

export interface AxisLook {
  readonly label: string;
  readonly ticks: number | readonly number[];
  readonly tickFormat?: (value: number) => string;
  /** Room for the tick labels in px. */
  readonly room?: number;
  readonly grid?: boolean;
}

const gap = 24;
const rightMargin = 22;
const heading = 22;

/** Width in px of a figure of panels. */
export function panelsWidth(layout: FacetLayout, panel: FacetRow["panel"], yAxis: AxisLook): number {
  const count = layout.columns?.values.length ?? 1;
  return leftMargin(yAxis) + rightMargin + count * (panel.width + gap) - gap;
}

/** Draws one row; columns are named above the first, the x axis stands below the last. */
export function drawFacetRow(row: FacetRow): Piece {
  const { layout, index, panel, xAxis, yAxis } = row;
  const first = index === 0;
  const last = index === layout.rows.length - 1;
  const label = layout.rows[index]?.label ?? "";
  const columnHeading = first && layout.columns !== undefined ? heading : 0;
  const rowHeading = label === "" ? 0 : heading;
  const marginTop = 8 + columnHeading + rowHeading;
  const marginBottom = last ? 42 : 14;
  return plotted({
    width: panelsWidth(layout, panel, yAxis),
    height: marginTop + panel.height + marginBottom,
    marginTop,
    marginBottom,
    marginLeft: leftMargin(yAxis),
    marginRight: rightMargin,
    x: row.x,
    y: row.y,
    fx: { domain: columnNames(layout.columns), paddingInner: gap / (panel.width + gap), axis: null },
    marks: [
      ...grid(xAxis, yAxis),
      Plot.axisX(axisOptions(last ? xAxis : { ...xAxis, tickFormat: () => "" })),
      Plot.axisY(axisOptions(yAxis)),
      Plot.frame({ strokeOpacity: 0.35 }),
      ...row.marks,
      ...headings(layout, label, columnHeading > 0, rowHeading),
      Plot.text([yAxis.label], {
        facet: "super",
        frameAnchor: "left",
        textAnchor: "middle",
        dx: 14 - leftMargin(yAxis),
        rotate: -90,
      }),
      ...(last ? [Plot.text([xAxis.label], { facet: "super", frameAnchor: "bottom", dy: 36 })] : []),
    ],
  });
}

function columnNames(axis: Axis | undefined): readonly string[] {
  return axis?.values ?? [""];
}

function leftMargin(yAxis: AxisLook): number {
  return (yAxis.room ?? 34) + (yAxis.label === "" ? 12 : 24);
}

function axisOptions({ ticks, tickFormat }: AxisLook): Plot.AxisXOptions & Plot.AxisYOptions {
  // As a channel: of a tick format Plot would leave out some labels on a logarithmic scale.
  const format = tickFormat === undefined ? {} : { text: (value: unknown) => tickFormat(Number(value)) };
  return { label: null, ticks: ticks as number, ...format };
}

function grid(xAxis: AxisLook, yAxis: AxisLook): readonly Plot.Markish[] {
  const look = { strokeOpacity: 0.12 };
  return [
    ...(xAxis.grid === false ? [] : [Plot.gridX({ ticks: xAxis.ticks as number, ...look })]),
    ...(yAxis.grid === false ? [] : [Plot.gridY({ ticks: yAxis.ticks as number, ...look })]),
  ];
}

function headings(
  layout: FacetLayout,
  label: string,
  columns: boolean,
  rowHeading: number,
): readonly Plot.Markish[] {
  const axis = layout.columns;
  const names = axis?.values ?? [];
  return [
    ...(columns && axis !== undefined
      ? [
          Plot.text(names, {
            fx: (name: string) => name,
            text: (name: string) => valueLabel(axis.key, name),
            frameAnchor: "top",
            dy: -8 - rowHeading,
            lineAnchor: "bottom",
            fontWeight: 600,
          }),
        ]
      : []),
    Plot.text([label], { facet: "super", frameAnchor: "top-left", dy: -7, lineAnchor: "bottom" }),
  ];
}
