import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, keyIdentity, varyingAxes } from "../../analysis/axes.js";
import { valueLabel } from "../../analysis/labels.js";
import { baseOf, type PairedDifference, pairedDifferencesByCell } from "../../analysis/paired-differences.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import { type AxisLook, drawFacetRow, panelsWidth } from "../layout/facet-row.js";
import { type FacetLayout, facetLayout, type Row, valueOn } from "../layout/facets.js";
import { type Style, stylesOf } from "../layout/palette.js";
import { logScale, shortNumber, spaced } from "../layout/scales.js";
import { type Chart, composeChart, legend } from "../svg/chart.js";

const panelWidth = 230;
const lineHeight = 13;

/** One interval to draw. */
interface Mark {
  readonly column: string;
  readonly loss: string;
  readonly y: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** How much a change of one axis changes the gradient norms: paired ratios with their intervals over runs. */
export function drawEffects(runs: readonly RunSummary[], axis: Axis, title: string): Chart {
  const rest = varyingAxes(axesOf(runs)).filter(({ key }) => key !== axis.key);
  const layout = facetLayout(runs, rest, rest.find(({ key }) => key === "trained_loss") ?? undefined);
  const values = axis.values.filter((value) => value !== baseOf(axis));
  const comparisons = pairedDifferencesByCell(runs, axis);
  const losses = [...new Set(comparisons.flatMap(({ norms }) => [...norms.keys()]))];
  const styles = stylesOf("trained_loss", losses);
  const rows = layout.rows.map((row) => marksOf(comparisons, layout, row, values, losses));
  const scale = logScale([1, ...rows.flat().flatMap(({ mean, low, high }) => [mean, low, high])]);
  const xAxis: AxisLook = {
    label: `mean gradient norm, relative to ${valueLabel(axis.key, baseOf(axis))}`,
    ticks: spacedRatios(scale.ticks, (36 / panelWidth) * Math.log(scale.domain[1] / scale.domain[0])),
    tickFormat: shortNumber,
  };
  const yAxis = valueAxis(axis, values);
  const panel = { width: panelWidth, height: values.length * (losses.length * lineHeight + 10) };
  const pieces = rows.map((marks, index) =>
    drawFacetRow({
      layout,
      index,
      panel,
      xAxis,
      yAxis,
      x: { type: "log", domain: scale.domain },
      y: { domain: [-0.5, values.length - 0.5], reverse: true },
      marks: [Plot.ruleX([1], { stroke: "#767676" }), ...intervals(marks, styles)],
    }),
  );
  const entries = [...styles].map(([text, style]) => ({ text, style, mark: "symbol" as const }));
  const description = `Ratio of the mean gradient norms to those with ${valueLabel(axis.key, baseOf(axis))}, runs paired by their number: a dot for the geometric mean, a line for its 95 % interval.`;
  return composeChart(title, description, [
    legend(entries, panelsWidth(layout, panel, yAxis), "norm of"),
    ...pieces,
  ]);
}

function valueAxis(axis: Axis, values: readonly string[]): AxisLook {
  const texts = values.map((value) => valueLabel(axis.key, value));
  return {
    label: "",
    ticks: texts.map((_, i) => i),
    tickFormat: (i) => texts[i] ?? "",
    room: Math.max(16, ...texts.map((text) => 7 * text.length + 8)),
    grid: false,
  };
}

function marksOf(
  comparisons: readonly PairedDifference[],
  layout: FacetLayout,
  row: Row,
  values: readonly string[],
  losses: readonly string[],
): readonly Mark[] {
  const own = new Set(row.runs.map((run) => keyIdentity(run.keys, comparedKeys(comparisons))));
  return comparisons
    .filter(({ keys }) => own.has(keyIdentity(keys, comparedKeys(comparisons))))
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

function comparedKeys(comparisons: readonly PairedDifference[]): readonly string[] {
  return [...(comparisons[0]?.keys.keys() ?? [])];
}

function intervals(marks: readonly Mark[], styles: ReadonlyMap<string, Style>): readonly Plot.Markish[] {
  return [...styles].flatMap(([loss, style]) => {
    const own = marks.filter((mark) => mark.loss === loss);
    const place = { y: "y", fx: "column" };
    return [
      Plot.ruleY(own, { ...place, x1: "low", x2: "high", stroke: style.colour, strokeWidth: 1.6 }),
      Plot.dot(own, { ...place, x: "mean", r: 3, fill: style.colour, symbol: style.symbol }),
    ];
  });
}

/** Ticks at least `distance` apart in their logarithms; powers of ten go first, then those near 1. */
function spacedRatios(ticks: readonly number[], distance: number): readonly number[] {
  const odd = (tick: number) => Number(Math.log10(tick) % 1 !== 0);
  const far = (tick: number) => Math.abs(Math.log(tick));
  const logs = ticks.toSorted((a, b) => odd(a) - odd(b) || far(a) - far(b)).map(Math.log);
  return spaced(logs, distance).map((log) => Number(Math.exp(log).toPrecision(6)));
}
