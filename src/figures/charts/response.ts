import { type Axis, axesOf, varyingAxes } from "../../analysis/axes.js";
import { axisNumber, keyLabel } from "../../analysis/labels.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import { errorScale } from "../../analysis/stats/error-scale.js";
import { geometricMean, median } from "../../analysis/stats/estimates.js";
import { type ChartAxis, logAxis } from "../layout/axes.js";
import { convergedRule, errorScaleAxis } from "../layout/error-scale.js";
import { composeFacetChart, type FacetChart } from "../layout/facet-chart.js";
import { colorAxis, type FacetLayout, facetLayout, valueOn } from "../layout/facets.js";
import { shortNumber, spacedPlaces } from "../layout/scales.js";
import { axisSeries, convergedEntry, lossSeries } from "../layout/series.js";
import type { ChartOptions } from "../options.js";
import type { Chart } from "../svg/chart.js";
import { type RunDot, runDotLegend, runDotMarks } from "./run-dots.js";

const facet = { width: 230, height: 150 };

/** Draws every run's mean gradient norms against a numeric axis; the columns are the trained losses where they vary. */
export function normsAgainstChart(
  runs: readonly RunSummary[],
  axis: Axis,
  title: string,
  options: ChartOptions,
): Chart {
  const rest = varyingAxes(axesOf(runs)).filter(({ key }) => key !== axis.key);
  const layout = facetLayout(
    runs,
    rest,
    rest.find(({ key }) => key === "trained_loss"),
  );
  const rows = layout.rows.map((row) => row.runs.flatMap((run) => normDots(run, layout, axis)));
  const series = lossSeries([...new Set(rows.flat().map((dot) => dot.line))], "norm of");
  const norms = rows.flat().map((dot) => dot.y);
  const content: FacetChart = {
    title,
    description: `Gradient norms, averaged over the steps of a run, against ${keyLabel(axis.key)}: dots are runs, lines their geometric means.`,
    layout,
    facet,
    xAxis: (width) => numericAxis(axis, width),
    yAxis: logAxis("mean gradient norm", norms),
    legend: runDotLegend(series, rows, "geometric mean", runs),
    rows: (xAxis, width) => rows.map((dots) => runDotMarks(dots, series, geometricMean, xAxis, width)),
  };
  return composeFacetChart(content, options);
}

/** Draws every run's final accuracy against a numeric axis; the colors are the trained losses where they vary. */
export function accuracyAgainstChart(
  runs: readonly RunSummary[],
  axis: Axis,
  title: string,
  options: ChartOptions,
): Chart {
  const rest = varyingAxes(axesOf(runs)).filter(({ key }) => key !== axis.key);
  const lines = colorAxis(rest);
  const layout = facetLayout(
    runs,
    rest.filter((other) => other !== lines),
  );
  const series = axisSeries(lines);
  const accuracies = runs.map((run) => run.finalAccuracy ?? Number.NaN);
  const rows = layout.rows.map((row) => row.runs.flatMap((run) => accuracyDot(run, layout, axis, lines)));
  const content: FacetChart = {
    title,
    description: `Final accuracy against ${keyLabel(axis.key)}: dots are runs, lines their medians.`,
    layout,
    facet,
    xAxis: (width) => numericAxis(axis, width),
    yAxis: errorScaleAxis(accuracies, facet.height, "down", "final accuracy"),
    legend: runDotLegend(series, rows, "median", runs, [convergedEntry]),
    rows: (xAxis, width) =>
      rows.map((dots) => [convergedRule("down"), ...runDotMarks(dots, series, median, xAxis, width)]),
  };
  return composeFacetChart(content, options);
}

function normDots(run: RunSummary, layout: FacetLayout, axis: Axis): readonly RunDot[] {
  return [...run.columns.values()]
    .filter((trace) => trace.quantity === "norm" && typeof trace.layer !== "string" && trace.mean > 0)
    .map((trace) => ({
      column: valueOn(layout.columns, run.keys),
      line: trace.loss,
      x: axisNumber(axis, valueOn(axis, run.keys)),
      y: trace.mean,
    }));
}

/** Returns the run's dot; none where its accuracy was not measured. */
function accuracyDot(
  run: RunSummary,
  layout: FacetLayout,
  axis: Axis,
  lines: Axis | undefined,
): readonly RunDot[] {
  if (typeof run.finalAccuracy !== "number") {
    return [];
  }
  return [
    {
      column: valueOn(layout.columns, run.keys),
      line: valueOn(lines, run.keys),
      x: axisNumber(axis, valueOn(axis, run.keys)),
      y: errorScale(run.finalAccuracy),
    },
  ];
}

/** The smallest distance of two tick labels in px. */
const labelDistance = 34;

/** Returns an axis with a tick at every value, `width` px long, with labels as far as they have room. */
function numericAxis(axis: Axis, width: number): ChartAxis {
  const ticks = axis.values.map((value) => axisNumber(axis, value));
  const scale = scaleAround(Math.min(...ticks), Math.max(...ticks));
  const [low = 0, high = 1] = scale.domain.map(scale.type === "log" ? Math.log : Number);
  const places = ticks.map((tick) => (scale.type === "log" ? Math.log(tick) : tick));
  const labeled = spacedPlaces(places, (labelDistance / width) * (high - low));
  const format = axis.key === "threshold" ? (share: number) => `${share} %` : shortNumber;
  return {
    label: keyLabel(axis.key),
    scale,
    ticks,
    tickFormat: (tick) => (labeled.includes(places[ticks.indexOf(tick)] ?? 0) ? format(tick) : ""),
  };
}

/** Returns a scale with a margin around its values, logarithmic over more than a factor of 20. */
function scaleAround(low: number, high: number): ChartAxis["scale"] {
  if (low > 0 && high / low > 20) {
    const margin = Math.max(1.5, (high / low) ** 0.08);
    return { type: "log", domain: [low / margin, high * margin] };
  }
  const margin = (high - low) * 0.1 || 1;
  return { type: "linear", domain: [low - margin, high + margin] };
}
