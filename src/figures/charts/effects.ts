import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, keyIdentity, varyingAxes } from "../../analysis/axes.js";
import { valueLabel } from "../../analysis/labels.js";
import { baseOf, type PairedDifference, pairedDifferencesByCell } from "../../analysis/paired-differences.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import { type ChartAxis, categoryAxis, logAxis } from "../layout/axes.js";
import { composeFacetChart, type FacetChart } from "../layout/facet-chart.js";
import { type FacetLayout, type FacetRow, facetLayout, valueOn } from "../layout/facets.js";
import { spacedPlaces } from "../layout/scales.js";
import { type ChartSeries, lossSeries, seriesLegend } from "../layout/series.js";
import type { ChartOptions } from "../options.js";
import { type Chart, referenceColor } from "../svg/chart.js";

const facetWidth = 230;
const lineHeight = 13;

/** Smallest distance of two tick labels in px. */
const tickDistance = 36;

/** The ratio of a loss's mean gradient norms, with its interval. */
interface NormRatio {
  readonly column: string;
  readonly loss: string;
  readonly y: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Draws how much a change of one axis changes the gradient norms: ratios of paired runs with their 95 % intervals. */
export function effectsChart(
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
  const base = valueLabel(axis.key, baseOf(axis));
  const values = axis.values.filter((value) => value !== baseOf(axis));
  const differences = pairedDifferencesByCell(runs, axis);
  const losses = [...new Set(differences.flatMap(({ norms }) => [...norms.keys()]))];
  const series = lossSeries(losses, "norm of");
  const ratios = layout.rows.map((row) => rowRatios(differences, layout, row, values, losses));
  const pairs = differences.flatMap(({ norms }) => [...norms.values()].map(({ runs: count }) => count));
  const [fewest, most] = [Math.min(...pairs), Math.max(...pairs)];
  const counts = fewest === most ? `n = ${most}` : `n = ${fewest} to ${most}`;
  const content: FacetChart = {
    title,
    description: `Ratio of the mean gradient norms to those with ${base}, runs paired by their number: a dot for the geometric mean, a line for its 95 % interval.`,
    layout,
    facet: { width: facetWidth, height: values.length * (losses.length * lineHeight + 10) },
    xAxis: (width) => ratioAxis(`mean gradient norm, relative to ${base}`, ratios.flat(), width),
    yAxis: categoryAxis(
      values.map((value) => valueLabel(axis.key, value)),
      0.5,
      0.5,
    ),
    legend: seriesLegend(series, "dot", new Set(ratios.flat().map(({ loss }) => loss)), [
      { text: `geometric mean of paired runs, ${counts}`, mark: "dot" },
      ...(most > 1 ? [{ text: "95 % interval", mark: "line" as const }] : []),
    ]),
    rows: () =>
      ratios.map((row) => [Plot.ruleX([1], { stroke: referenceColor }), ...ratioMarks(row, series)]),
  };
  return composeFacetChart(content, options);
}

function rowRatios(
  differences: readonly PairedDifference[],
  layout: FacetLayout,
  row: FacetRow,
  values: readonly string[],
  losses: readonly string[],
): readonly NormRatio[] {
  const names = [...(differences[0]?.keys.keys() ?? [])];
  const cells = new Set(row.runs.map((run) => keyIdentity(run.keys, names)));
  return differences
    .filter(({ keys }) => cells.has(keyIdentity(keys, names)))
    .flatMap(({ keys, value, norms }) =>
      [...norms].map(([loss, { mean, low, high }]) => ({
        column: valueOn(layout.columns, keys),
        loss,
        y: values.indexOf(value) + ((losses.indexOf(loss) + 0.5) / losses.length - 0.5) * 0.8,
        mean,
        low: low ?? mean,
        high: high ?? mean,
      })),
    );
}

/** Returns a logarithmic axis whose ticks are far enough apart; powers of ten go first, then what is near 1. */
function ratioAxis(label: string, ratios: readonly NormRatio[], width: number): ChartAxis {
  const axis = logAxis(label, [1, ...ratios.flatMap(({ mean, low, high }) => [mean, low, high])]);
  const [low = 1, high = 1] = axis.scale.domain;
  const isPowerOfTen = (tick: number) => Math.log10(tick) % 1 === 0;
  const candidates = (axis.ticks as readonly number[]).toSorted(
    (a, b) =>
      Number(isPowerOfTen(b)) - Number(isPowerOfTen(a)) || Math.abs(Math.log(a)) - Math.abs(Math.log(b)),
  );
  const distance = (tickDistance / width) * Math.log(high / low);
  const ticks = spacedPlaces(candidates.map(Math.log), distance);
  return { ...axis, ticks: ticks.map((log) => Number(Math.exp(log).toPrecision(6))) };
}

function ratioMarks(ratios: readonly NormRatio[], { styles }: ChartSeries): readonly Plot.Markish[] {
  return [...styles].flatMap(([loss, { color, symbol }]) => {
    const own = ratios.filter((ratio) => ratio.loss === loss);
    const place = { y: "y", fx: "column" };
    return [
      Plot.ruleY(own, { ...place, x1: "low", x2: "high", stroke: color, strokeWidth: 1.6 }),
      Plot.dot(own, { ...place, x: "mean", r: 3, fill: color, symbol }),
    ];
  });
}
