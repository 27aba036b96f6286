import { type Axis, axesOf, varyingAxes } from "../../analysis/axes.js";
import { axisNumber, keyLabel } from "../../analysis/labels.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import { geometricMean, median } from "../../analysis/stats/estimates.js";
import { type ChartAxis, logAxis } from "../layout/axes.js";
import { convergedRule, errorScale, errorScaleAxis } from "../layout/error-scale.js";
import { composeFacetChart } from "../layout/facet-chart.js";
import { colorAxis, type FacetLayout, facetLayout, valueOn } from "../layout/facets.js";
import { shortNumber } from "../layout/scales.js";
import { axisSeries, lossSeries, seriesLegend } from "../layout/series.js";
import type { Chart } from "../svg/chart.js";
import { type RunDot, runDotMarks } from "./run-dots.js";

const facet = { width: 230, height: 150 };

/** The distance in px between series, so that the runs of one do not hide those of another. */
const spacing = 4;

/** Draws every run's mean gradient norms against a numeric axis; the columns are the trained losses where they vary. */
export function normsAgainstChart(runs: readonly RunSummary[], axis: Axis, title: string): Chart {
  const rest = varyingAxes(axesOf(runs)).filter(({ key }) => key !== axis.key);
  const layout = facetLayout(
    runs,
    rest,
    rest.find(({ key }) => key === "trained_loss"),
  );
  const rows = layout.rows.map((row) => row.runs.flatMap((run) => normDots(run, layout, axis)));
  const series = lossSeries([...new Set(rows.flat().map((dot) => dot.line))], "norm of");
  const norms = rows.flat().map((dot) => dot.y);
  return composeFacetChart({
    title,
    description: `Gradient norms, averaged over the steps of a run, against ${keyLabel(axis.key)}: dots are runs, lines their geometric means.`,
    layout,
    facet,
    xAxis: numericAxis(axis),
    yAxis: logAxis("mean gradient norm", norms),
    legend: seriesLegend(series, "line and dot"),
    rows: rows.map((dots) => runDotMarks(dots, series, geometricMean, spacing)),
  });
}

/** Draws every run's final accuracy against a numeric axis; the colors are the trained losses where they vary. */
export function accuracyAgainstChart(runs: readonly RunSummary[], axis: Axis, title: string): Chart {
  const rest = varyingAxes(axesOf(runs)).filter(({ key }) => key !== axis.key);
  const lines = colorAxis(rest);
  const layout = facetLayout(
    runs,
    rest.filter((other) => other !== lines),
  );
  const series = axisSeries(lines);
  const accuracies = runs.map((run) => run.finalAccuracy ?? Number.NaN);
  return composeFacetChart({
    title,
    description: `Final accuracy against ${keyLabel(axis.key)}: dots are runs, lines their medians.`,
    layout,
    facet,
    xAxis: numericAxis(axis),
    yAxis: errorScaleAxis(accuracies, facet.height, "down", "final accuracy"),
    legend: seriesLegend(series, "line and dot"),
    rows: layout.rows.map((row) => {
      const dots = row.runs.flatMap((run) => accuracyDot(run, layout, axis, lines));
      return [convergedRule("down"), ...runDotMarks(dots, series, median, spacing)];
    }),
  });
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

/** Returns an axis with a tick at every value, logarithmic over more than a factor of 20, percentages from 0 to 100. */
function numericAxis(axis: Axis): ChartAxis {
  const ticks = axis.values.map((value) => axisNumber(axis, value));
  const isShare = axis.key === "threshold";
  return {
    label: keyLabel(axis.key),
    scale: isShare
      ? { type: "linear", domain: [0, 100] }
      : scaleAround(Math.min(...ticks), Math.max(...ticks)),
    ticks,
    tickFormat: isShare ? (share) => `${share} %` : shortNumber,
  };
}

function scaleAround(low: number, high: number): ChartAxis["scale"] {
  if (low > 0 && high / low > 20) {
    return { type: "log", domain: [low / 1.5, high * 1.5] };
  }
  const margin = (high - low) * 0.08 || 1;
  return { type: "linear", domain: [low - margin, high + margin] };
}
