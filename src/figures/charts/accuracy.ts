import * as Plot from "@observablehq/plot";
import { type Axis, axesOf, type Keys, varyingAxes } from "../../analysis/axes.js";
import { findOriginalRuns } from "../../analysis/findings/original-accuracy.js";
import { keyLabel, tickLabel } from "../../analysis/labels.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import { errorScale } from "../../analysis/stats/error-scale.js";
import { convergedAccuracy } from "../../results/run-metrics.js";
import { categoryAxis } from "../layout/axes.js";
import { convergedRule, errorScaleAxis } from "../layout/error-scale.js";
import { composeFacetChart, type FacetChart } from "../layout/facet-chart.js";
import {
  colorAxis,
  type FacetLayout,
  type FacetRow,
  facetColumns,
  facetLayout,
  valueOn,
} from "../layout/facets.js";
import type { LegendEntry } from "../layout/legend.js";
import { type SeriesStyle, stylesOf } from "../layout/palette.js";
import { runsPerCell } from "../layout/series.js";
import type { ChartOptions } from "../options.js";
import { type Chart, referenceColor } from "../svg/chart.js";

const lineHeight = 18;
const facetWidth = 240;

/** The lowest accuracy on the original's axis: of a run below it nothing more is known. */
const lowestOriginal = 0.9;

/** The accuracy of one run, of this sweep or of the original. */
interface AccuracyDot {
  readonly column: string;
  readonly line: string;
  /** How far below the middle of its line it is drawn, in lines. */
  readonly offset: number;
  readonly accuracy: number;
  readonly isBelowAxis: boolean;
}

/** Draws the accuracy after the last step of every run as a dot, beside the original's runs of the same cell. */
export function accuracyChart(runs: readonly RunSummary[], title: string, options: ChartOptions): Chart {
  const axes = varyingAxes(axesOf(runs));
  const lines = colorAxis(axes);
  const layout = facetLayout(
    runs,
    axes.filter((axis) => axis !== lines),
  );
  const values = lines?.values ?? [""];
  const dots = layout.rows.map((row) => dotsOf(layout, row, lines));
  const originals = layout.rows.map((row) => originalDots(layout, row, lines));
  const accuracies = [...dots, ...originals].flat().map((dot) => dot.accuracy);
  const xAxis = (width: number) =>
    errorScaleAxis(accuracies, width, "across", "accuracy after the last step");
  const lowest = xAxis(facetWidth).scale.domain[0] ?? 0;
  const majorities = layout.rows.map((row) => majorityShares(layout, row).filter(({ x }) => x >= lowest));
  const styles = stylesOf(lines?.key ?? "", values);
  const by = axes.map((axis) => keyLabel(axis.key)).join(", ") || "run";
  const content: FacetChart = {
    title,
    description: `Accuracy after the last step of ${runs.length} runs, a dot each, by ${by}.`,
    layout,
    facet: { width: facetWidth, height: lineHeight * values.length + 8 },
    xAxis,
    yAxis: categoryAxis(
      values.map((value) => tickLabel(lines?.key ?? "", value)),
      0.6,
      0.6,
    ),
    legend: {
      lead: "",
      entries: legendEntries(runsPerCell(runs), originals.flat(), majorities.flat().length > 0),
    },
    rows: () =>
      layout.rows.map((_, index) => [
        Plot.ruleX(majorities[index] ?? [], {
          x: "x",
          fx: "column",
          stroke: referenceColor,
          strokeDasharray: "3 3",
        }),
        convergedRule("across"),
        ...originalMarks(originals[index] ?? [], values),
        ...dotMarks(dots[index] ?? [], values, styles),
      ]),
  };
  return composeFacetChart(content, options);
}

function dotsOf(layout: FacetLayout, row: FacetRow, lines: Axis | undefined): readonly AccuracyDot[] {
  return facetColumns(layout, row).flatMap((runs) =>
    (lines?.values ?? [""]).flatMap((line) =>
      runs
        .filter((run) => valueOn(lines, run.keys) === line)
        .flatMap((run, i, siblings) => {
          const place = {
            column: valueOn(layout.columns, run.keys),
            line,
            offset: spread(i, siblings.length),
          };
          const accuracy = run.finalAccuracy;
          return typeof accuracy === "number" ? [{ ...place, accuracy, isBelowAxis: false }] : [];
        }),
    ),
  );
}

function originalDots(layout: FacetLayout, row: FacetRow, lines: Axis | undefined): readonly AccuracyDot[] {
  const cells = new Map<string, Keys>(row.runs.map((run) => [JSON.stringify([...run.keys]), run.keys]));
  return [...cells.values()].flatMap((keys) =>
    findOriginalRuns(keys).map(({ finalAccuracy }, i, siblings) => ({
      column: valueOn(layout.columns, keys),
      line: valueOn(lines, keys),
      offset: 0.36 + spread(i, siblings.length) * 0.2,
      accuracy: finalAccuracy ?? lowestOriginal,
      isBelowAxis: typeof finalAccuracy !== "number",
    })),
  );
}

/** Spreads the runs of a cell over at most a third of their line. */
function spread(index: number, count: number): number {
  return count < 2 ? 0 : (index / (count - 1) - 0.5) * Math.min(0.36, 0.12 * count);
}

/** Returns the share of the majority class in every facet, on the error scale. */
function majorityShares(layout: FacetLayout, row: FacetRow) {
  return facetColumns(layout, row).flatMap((runs) =>
    [...new Set(runs.flatMap((run) => run.keys.get("threshold") ?? []))].map((threshold) => ({
      column: valueOn(layout.columns, runs[0]?.keys ?? new Map()),
      x: errorScale(Math.max(Number(threshold), 1 - Number(threshold))),
    })),
  );
}

function dotMarks(
  dots: readonly AccuracyDot[],
  values: readonly string[],
  styles: ReadonlyMap<string, SeriesStyle>,
): readonly Plot.Markish[] {
  return [...styles].map(([value, { color }]) =>
    Plot.dot(
      dots.filter((dot) => dot.line === value),
      { ...dotPlace(values), r: 3.2, fill: color, fillOpacity: 0.85 },
    ),
  );
}

function originalMarks(dots: readonly AccuracyDot[], values: readonly string[]): readonly Plot.Markish[] {
  return [
    Plot.dot(
      dots.filter((dot) => !dot.isBelowAxis),
      { ...dotPlace(values), r: 2, stroke: referenceColor, strokeWidth: 1 },
    ),
    Plot.text(
      dots.filter((dot) => dot.isBelowAxis),
      { ...dotPlace(values), text: () => "<", fill: referenceColor, fontSize: 11 },
    ),
  ];
}

function dotPlace(values: readonly string[]) {
  return {
    x: (dot: AccuracyDot) => errorScale(dot.accuracy),
    y: (dot: AccuracyDot) => values.indexOf(dot.line) + dot.offset,
    fx: "column",
  };
}

function legendEntries(
  perCell: string,
  originals: readonly AccuracyDot[],
  hasMajority: boolean,
): readonly LegendEntry[] {
  const run: SeriesStyle = { color: "currentColor", dash: "none", symbol: "circle" };
  const reference: SeriesStyle = { ...run, color: referenceColor };
  const below = originals.some((dot) => dot.isBelowAxis) ? ` (< below ${lowestOriginal})` : "";
  const entry = (text: string, style: SeriesStyle, mark: LegendEntry["mark"]) => ({ text, style, mark });
  return [
    entry(`a run (${perCell} per cell)`, run, "dot"),
    ...(originals.length > 0 ? [entry(`the original's runs${below}`, reference, "ring")] : []),
    entry(`converged, ${convergedAccuracy}`, reference, "line"),
    ...(hasMajority ? [entry("majority class", { ...reference, dash: "3 3" }, "line")] : []),
  ];
}
