import * as Plot from "@observablehq/plot";
import type { RunSummary } from "../../analysis/run-summary.js";
import type { ChartAxis } from "../layout/axes.js";
import type { ChartLegend } from "../layout/legend.js";
import { type ChartSeries, type CommonEntry, runsPerCell, seriesLegend } from "../layout/series.js";

/** The largest distance of two series in px. */
const mostSpacing = 5;

/** One number of one run. */
export interface RunDot {
  /** The facet's column. */
  readonly column: string;
  readonly line: string;
  readonly x: number;
  readonly y: number;
}

/**
 * Returns the marks of runs as dots, with a line per series through the centers of its dots at each x. The series stand
 * side by side so that none hides another.
 */
export function runDotMarks(
  dots: readonly RunDot[],
  { styles }: ChartSeries,
  center: (values: readonly number[]) => number,
  xAxis: ChartAxis,
  width: number,
): readonly Plot.Markish[] {
  const spacing = seriesSpacing(styles.size, xAxis, width);
  return [...styles].flatMap(([line, { color, dash, symbol }], i) => {
    const own = dots.filter((dot) => dot.line === line);
    const place = { x: "x", y: "y", fx: "column", dx: (i - (styles.size - 1) / 2) * spacing };
    return [
      Plot.line(centersOf(own, center), {
        ...place,
        stroke: color,
        strokeWidth: 1.8,
        strokeDasharray: dash,
      }),
      Plot.dot(own, { ...place, r: 2.4, fill: color, fillOpacity: 0.8, symbol }),
    ];
  });
}

/** Returns the distance of series in px: together they take at most half of the room between two ticks. */
function seriesSpacing(series: number, { scale, ticks }: ChartAxis, width: number): number {
  const toPlace = scale.type === "log" ? Math.log : Number;
  const [low = 0, high = 1] = scale.domain.map(toPlace);
  const places = (ticks as readonly number[]).map(toPlace).toSorted((a, b) => a - b);
  const gaps = places.slice(1).map((place, i) => place - (places[i] ?? place));
  const closest = (Math.min(...gaps, high - low) / (high - low)) * width;
  return Math.min(mostSpacing, closest / 2 / series);
}

/** Returns the legend of such marks: the series drawn, then what dots and lines are. */
export function runDotLegend(
  series: ChartSeries,
  rows: readonly (readonly RunDot[])[],
  center: string,
  runs: readonly RunSummary[],
  further: readonly CommonEntry[] = [],
): ChartLegend {
  const drawn = new Set(rows.flat().map(({ line }) => line));
  const perCell = runsPerCell(runs);
  return seriesLegend(series, "line and dot", drawn, [
    { text: "a run", mark: "dot" },
    ...(perCell === "1 run" ? [] : [{ text: `${center} of ${perCell}`, mark: "line" as const }]),
    ...further,
  ]);
}

/** Returns the center of the dots at every x of every column, in order of x. */
function centersOf(
  dots: readonly RunDot[],
  center: (values: readonly number[]) => number,
): readonly RunDot[] {
  const groups = new Map<string, RunDot[]>();
  for (const dot of dots.toSorted((a, b) => a.x - b.x)) {
    const place = JSON.stringify([dot.column, dot.x]);
    groups.set(place, [...(groups.get(place) ?? []), dot]);
  }
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map((dot) => ({ ...dot, y: center(group.map(({ y }) => y)) })),
  );
}
