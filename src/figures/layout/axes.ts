import * as Plot from "@observablehq/plot";
import { textWidth } from "../svg/text.js";
import { logTicks, shortNumber, shortStep } from "./scales.js";

/** One axis of a chart. */
export interface ChartAxis {
  /** Empty for an axis whose ticks say what it is. */
  readonly label: string;
  readonly scale: Plot.ScaleOptions & { readonly domain: readonly number[] };
  /** The ticks' values, or about how many there are. */
  readonly ticks: number | readonly number[];
  readonly tickFormat: (value: number) => string;
  /** Room for the tick labels in px. */
  readonly room?: number;
  /** False for an axis without grid lines. */
  readonly grid?: boolean;
}

/** Returns an axis of steps from the first to the last, `width` px long. */
export function stepAxis(first: number, last: number, width: number): ChartAxis {
  return { label: "step", scale: { domain: [first, last] }, ticks: stepTicks(width), tickFormat: shortStep };
}

/** Returns about how many ticks of steps an axis has room for. */
export function stepTicks(width: number): number {
  return Math.max(2, Math.min(5, Math.floor(width / 42)));
}

/** Returns an axis of names, one below the other at 0, 1, 2, with `above` and `below` the outer ones as margins. */
export function categoryAxis(names: readonly string[], above: number, below: number): ChartAxis {
  return {
    label: "",
    scale: { domain: [-above, names.length - 1 + below], reverse: true },
    ticks: names.map((_, i) => i),
    tickFormat: (i) => names[i] ?? "",
    room: Math.max(16, ...names.map((name) => Math.ceil(textWidth(name)) + 14)),
    grid: false,
  };
}

/** Returns a logarithmic axis around positive numbers; numbers that are not positive and finite are left out. */
export function logAxis(label: string, values: readonly number[]): ChartAxis {
  const { domain, ticks } = logTicks(values);
  return { label, scale: { type: "log", domain }, ticks, tickFormat: shortNumber };
}

/** Returns the width in px left of the facets: tick labels and the axis label. */
export function leftMargin({ room = 34, label }: ChartAxis): number {
  return room + (label === "" ? 12 : 24);
}

/** Returns the grid lines and ticks of both axes, the tick labels of x only where they are `labeled`. */
export function axisMarks(x: ChartAxis, y: ChartAxis, labeled: boolean): readonly Plot.Markish[] {
  const grid = (axis: ChartAxis) => ({ ticks: axis.ticks as number, strokeOpacity: 0.12 });
  return [
    ...(x.grid === false ? [] : [Plot.gridX(grid(x))]),
    ...(y.grid === false ? [] : [Plot.gridY(grid(y))]),
    Plot.axisX(tickOptions(labeled ? x : { ...x, tickFormat: () => "" })),
    Plot.axisY(tickOptions(y)),
    Plot.frame({ strokeOpacity: 0.35 }),
  ];
}

function tickOptions({ ticks, tickFormat }: ChartAxis): Plot.AxisXOptions & Plot.AxisYOptions {
  // The labels are a channel because Plot leaves out some labels of a tick format on a logarithmic scale.
  return {
    label: null,
    ticks: ticks as number,
    text: (value: unknown) => tickFormat(Number(value)),
  } as never;
}
