import { type Axis, axesOf, varyingAxes } from "../../analysis/axes.js";
import type { ColumnSummary, RunSummary } from "../../analysis/run-summary.js";
import { geometricMean } from "../../analysis/stats/estimates.js";
import { type ChartAxis, logAxis } from "../layout/axes.js";
import { composeFacetChart, type FacetChart } from "../layout/facet-chart.js";
import { type FacetLayout, facetLayout, valueOn } from "../layout/facets.js";
import { axisSeries } from "../layout/series.js";
import type { ChartOptions } from "../options.js";
import type { Chart } from "../svg/chart.js";
import { type RunDot, runDotLegend, runDotMarks } from "./run-dots.js";

const facet = { width: 200, height: 150 };

/** Returns the names of the layers whose norms the runs recorded, from the image to the logits. */
export function layersIn(runs: readonly RunSummary[]): readonly string[] {
  return [...new Set(runs.flatMap((run) => [...run.columns.values()].flatMap((trace) => trace.layer ?? [])))];
}

/** Draws the mean gradient norm of the trained loss in every layer. */
export function layerNormsChart(runs: readonly RunSummary[], title: string, options: ChartOptions): Chart {
  const layers = layersIn(runs);
  const axes = varyingAxes(axesOf(runs));
  const loss = axes.find((axis) => axis.key === "trained_loss");
  const lines = axes.filter((axis) => axis !== loss).toSorted((a, b) => b.values.length - a.values.length)[0];
  const layout = facetLayout(
    runs,
    axes.filter((axis) => axis !== lines),
    loss,
  );
  const rows = layout.rows.map((row) => row.runs.flatMap((run) => layerDots(run, layout, lines, layers)));
  const series = axisSeries(lines);
  const norms = rows.flat().map((dot) => dot.y);
  const content: FacetChart = {
    title,
    description:
      "Mean gradient norm of the trained loss in every layer: dots are runs, lines their geometric means.",
    layout,
    facet,
    xAxis: () => layerAxis(layers),
    yAxis: logAxis("mean gradient norm", norms),
    legend: runDotLegend(series, rows, "geometric mean", runs),
    rows: (axis, width) => rows.map((dots) => runDotMarks(dots, series, geometricMean, axis, width)),
  };
  return composeFacetChart(content, options);
}

function layerAxis(layers: readonly string[]): ChartAxis {
  return {
    label: "layer",
    scale: { domain: [-0.4, layers.length - 0.6] },
    ticks: layers.map((_, i) => i),
    tickFormat: (i) => layers[i] ?? "",
  };
}

/** Returns a dot for each layer's norm of the loss that the run trains; a norm of 0 has no place on the axis. */
function layerDots(
  run: RunSummary,
  layout: FacetLayout,
  lines: Axis | undefined,
  layers: readonly string[],
): readonly RunDot[] {
  const isOwn = (trace: ColumnSummary) =>
    typeof trace.layer === "string" && trace.loss === run.keys.get("trained_loss") && trace.mean > 0;
  return [...run.columns.values()].filter(isOwn).map((trace) => ({
    column: valueOn(layout.columns, run.keys),
    line: valueOn(lines, run.keys),
    x: layers.indexOf(trace.layer ?? ""),
    y: trace.mean,
  }));
}
