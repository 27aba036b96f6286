import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, varyingAxes } from "../../analysis/axes.js";
import { axisNumber, keyLabel, tickLabel } from "../../analysis/labels.js";
import { convergedAt, type RunSummary } from "../../analysis/run-summary.js";
import { geometricMean, median } from "../../analysis/stats/estimates.js";
import { errorScale, errorScaleAxis } from "../layout/error-scale.js";
import { type AxisLook, drawFacetRow, panelsWidth } from "../layout/facet-row.js";
import { colourAxis, type FacetLayout, facetColumns, facetLayout, valueOn } from "../layout/facets.js";
import { type Style, stylesOf } from "../layout/palette.js";
import { logScale, shortNumber } from "../layout/scales.js";
import { type Chart, composeChart, legend } from "../svg/chart.js";

const panel = { width: 230, height: 150 };

/** One run's outcome at one value of the axis. */
interface Point {
  readonly column: string;
  readonly line: string;
  readonly x: number;
  readonly y: number;
}

/** A set of outcomes to draw against an axis. */
interface Response {
  readonly title: string;
  readonly description: string;
  readonly axis: Axis;
  readonly layout: FacetLayout;
  readonly legendLead: string;
  readonly styles: ReadonlyMap<string, Style>;
  readonly lineText: (line: string) => string;
  readonly points: readonly (readonly Point[])[];
  readonly centre: (values: readonly number[]) => number;
  readonly yAxis: AxisLook;
  readonly y: Plot.ScaleOptions & { readonly domain: readonly number[] };
  readonly marks: readonly Plot.Markish[];
}

/** Every run's mean gradient norms against a numeric axis; columns are the trained losses where they vary. */
export function drawNorms(runs: readonly RunSummary[], axis: Axis, title: string): Chart {
  const rest = varyingAxes(axesOf(runs)).filter(({ key }) => key !== axis.key);
  const layout = facetLayout(runs, rest, rest.find(({ key }) => key === "trained_loss") ?? undefined);
  const points = layout.rows.map((row) =>
    facetColumns(layout, row).flatMap((column) => column.flatMap((run) => normPoints(run, layout, axis))),
  );
  const scale = logScale(points.flat().map((point) => point.y));
  return drawResponse({
    title,
    description: `Gradient norms, averaged over the steps of a run, against ${keyLabel(axis.key)}: dots are runs, lines their geometric means.`,
    axis,
    layout,
    legendLead: "norm of",
    styles: stylesOf("trained_loss", [...new Set(points.flat().map((point) => point.line))]),
    lineText: (line) => line,
    points,
    centre: geometricMean,
    yAxis: { label: "mean gradient norm", ticks: scale.ticks, tickFormat: shortNumber },
    y: { type: "log", domain: scale.domain },
    marks: [],
  });
}

/** Every run's final accuracy against a numeric axis; colours are the trained losses where they vary. */
export function drawAccuracyAgainst(runs: readonly RunSummary[], axis: Axis, title: string): Chart {
  const rest = varyingAxes(axesOf(runs)).filter(({ key }) => key !== axis.key);
  const lines = colourAxis(rest);
  const layout = facetLayout(
    runs,
    rest.filter((other) => other !== lines),
  );
  const points = layout.rows.map((row) =>
    facetColumns(layout, row).flatMap((column) =>
      column.flatMap((run) => accuracyPoint(run, layout, axis, lines)),
    ),
  );
  const accuracies = runs.map((run) => run.finalAccuracy ?? Number.NaN);
  const yAxis = errorScaleAxis(accuracies, panel.height, "down", "final accuracy");
  return drawResponse({
    title,
    description: `Final accuracy against ${keyLabel(axis.key)}: dots are runs, lines their medians.`,
    axis,
    layout,
    legendLead: lines === undefined ? "" : keyLabel(lines.key),
    styles: stylesOf(lines?.key ?? "", lines?.values ?? [""]),
    lineText: (line) => tickLabel(lines?.key ?? "", line),
    points,
    centre: median,
    yAxis: { ...yAxis, room: 40 },
    y: { domain: yAxis.domain },
    marks: [Plot.ruleY([errorScale(convergedAt)], { stroke: "#767676", strokeWidth: 1.2 })],
  });
}

function normPoints(run: RunSummary, layout: FacetLayout, axis: Axis): readonly Point[] {
  const x = axisNumber(axis, valueOn(axis, run.keys));
  const norms = [...run.columns.values()].filter(
    (trace) => trace.quantity === "norm" && trace.layer === null,
  );
  return norms
    .map((trace) => ({ column: valueOn(layout.columns, run.keys), line: trace.loss, x, y: trace.mean }))
    .filter((point) => point.y > 0);
}

function accuracyPoint(
  run: RunSummary,
  layout: FacetLayout,
  axis: Axis,
  lines: Axis | undefined,
): readonly Point[] {
  if (run.finalAccuracy === null) {
    return [];
  }
  const x = axisNumber(axis, valueOn(axis, run.keys));
  const place = { column: valueOn(layout.columns, run.keys), line: valueOn(lines, run.keys) };
  return [{ ...place, x, y: errorScale(run.finalAccuracy) }];
}

function drawResponse(response: Response): Chart {
  const { axis, layout, styles, yAxis } = response;
  const places = axis.values.map((value) => axisNumber(axis, value));
  const x = axisScale(axis, places);
  const xAxis: AxisLook = {
    label: keyLabel(axis.key),
    ticks: places,
    tickFormat: (place) => (axis.key === "threshold" ? `${place} %` : shortNumber(place)),
  };
  const pieces = response.points.map((points, index) =>
    drawFacetRow({
      layout,
      index,
      panel,
      xAxis,
      yAxis,
      x,
      y: response.y,
      marks: [...response.marks, ...marksOf(points, response)],
    }),
  );
  const entries = [...styles].map(([line, style]) => ({
    text: response.lineText(line),
    style,
    mark: "line" as const,
  }));
  const shown = entries.some((entry) => entry.text !== "");
  const head = shown ? [legend(entries, panelsWidth(layout, panel, yAxis), response.legendLead)] : [];
  return composeChart(response.title, response.description, [...head, ...pieces]);
}

/** Logarithmic where the values span more than a factor of 20 and are no percentages. */
function axisScale(
  axis: Axis,
  places: readonly number[],
): { type: "log" | "linear"; domain: readonly number[] } {
  const low = Math.min(...places);
  const high = Math.max(...places);
  if (axis.key === "threshold") {
    return { type: "linear", domain: [0, 100] };
  }
  if (low > 0 && high / low > 20) {
    return { type: "log", domain: [low / 1.5, high * 1.5] };
  }
  const margin = (high - low) * 0.08 || 1;
  return { type: "linear", domain: [low - margin, high + margin] };
}

function marksOf(points: readonly Point[], { styles, centre }: Response): readonly Plot.Markish[] {
  return [...styles].flatMap(([line, style], i) => {
    const own = points.filter((point) => point.line === line);
    // Side by side, so that the runs of one line do not hide another's.
    const dx = (i - (styles.size - 1) / 2) * 4;
    const place = { x: "x", y: "y", fx: "column", dx };
    return [
      Plot.line(centres(own, centre), {
        ...place,
        stroke: style.colour,
        strokeWidth: 1.8,
        strokeDasharray: style.dash,
      }),
      Plot.dot(own, { ...place, r: 2.4, fill: style.colour, fillOpacity: 0.8, symbol: style.symbol }),
    ];
  });
}

/** The middle of the runs at every place of every column, in order of place. */
function centres(points: readonly Point[], centre: Response["centre"]): readonly Point[] {
  const groups = new Map<string, Point[]>();
  for (const point of points.toSorted((a, b) => a.x - b.x)) {
    const name = JSON.stringify([point.column, point.x]);
    groups.set(name, [...(groups.get(name) ?? []), point]);
  }
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    return first === undefined ? [] : [{ ...first, y: centre(group.map((point) => point.y)) }];
  });
}
