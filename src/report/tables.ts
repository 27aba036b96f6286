import type { Keys } from "../analysis/axes.js";
import type { CellSummary } from "../analysis/cell-summary.js";
import { columnLabel, formatNumber, keyLabel, shortKeyLabel } from "../analysis/labels.js";
import type { PairedDifference } from "../analysis/paired-differences.js";
import { type Estimate, mean, median } from "../analysis/stats/estimates.js";
import { convergedAccuracy } from "../results/run-metrics.js";
import { type MeasureName, measureColumn, measureNames, measures } from "../study/measures.js";
import type { ReportData } from "./data.js";
import {
  differencesHelp,
  distinguishingKeys,
  formatConvergedAtEnd,
  formatConvergedChange,
  formatDifference,
  formatMeasure,
  formatOriginal,
  formatPeak,
  formatRange,
  formatRatio,
} from "./format.js";

/** A table of the report, to be written as text, Markdown, CSV or LaTeX. */
export interface Table {
  readonly title: string;
  readonly columns: readonly TableColumn[];
  /** A row for each of these. */
  readonly rows: readonly TableRow[];
}

/** A column of a table for a person. */
export interface TableColumn {
  readonly title: string;
  /** A title for narrow tables. */
  readonly short?: string;
  /** Aligned to the right, for numbers. */
  readonly isNumber?: boolean;
  /** Columns with a rank are left out of a table that is too wide, those of the highest rank first. */
  readonly rank?: number;
}

/** A row of a table. */
export interface TableRow {
  /** The text of each column. */
  readonly texts: readonly string[];
  /** The same as plain values by name, for CSV. */
  readonly values: Readonly<Record<string, string | number | undefined>>;
}

/** Returns the table of cells: accuracy, convergence, and peak and final value of the trained loss. */
export function cellTable({ cells, runs }: ReportData): Table {
  const keys = distinguishingKeys(runs);
  const hasOriginal = cells.some(({ original }) => original.length > 0);
  const recorded = measureNames.filter((name) => cells.some((cell) => cell.measures.has(name)));
  return {
    title: "Cells",
    columns: [
      ...keys.map(keyColumn),
      { title: "runs", isNumber: true },
      { title: "accuracy", isNumber: true },
      { title: "range", isNumber: true },
      ...(hasOriginal ? [{ title: "original", isNumber: true }] : []),
      ...recorded.map((name) => ({ title: measures[name].title, short: name, isNumber: true })),
      { title: "converged", isNumber: true },
      { title: `step at ${convergedAccuracy}`, isNumber: true, rank: 1 },
      { title: "peak norm (step)", short: "peak norm", isNumber: true, rank: 2 },
      { title: "final loss", isNumber: true, rank: 3 },
    ],
    rows: cells.map((cell) => cellRow(cell, keys, hasOriginal, recorded)),
  };
}

function cellRow(
  cell: CellSummary,
  keys: readonly string[],
  hasOriginal: boolean,
  recorded: readonly MeasureName[],
): TableRow {
  const { accuracies, convergedAtEnd, convergedSteps, runs, original, trainedLoss } = cell;
  const known = original.flatMap(({ finalAccuracy }) => finalAccuracy ?? []);
  return {
    texts: [
      ...keyTexts(cell.keys, keys),
      String(runs.length),
      accuracies.length === 0 ? "-" : mean(accuracies).toFixed(4),
      formatRange(accuracies),
      ...(hasOriginal ? [formatOriginal(cell)] : []),
      ...recorded.map((name) => formatMeasure(cell, name)),
      formatConvergedAtEnd(cell),
      convergedSteps.length === 0 ? "never" : String(median(convergedSteps)),
      formatPeak(trainedLoss?.peakNorm),
      trainedLoss === undefined ? "-" : formatNumber(trainedLoss.finalLoss),
    ],
    values: {
      ...keyValues(cell.keys, keys),
      runs: runs.length,
      accuracy_mean: finite(mean(accuracies)),
      accuracy_lowest: finite(Math.min(...accuracies)),
      accuracy_highest: finite(Math.max(...accuracies)),
      ...(hasOriginal && {
        original_lowest: finite(Math.min(...known)),
        original_highest: finite(Math.max(...known)),
        original_below_axis: original.length - known.length,
      }),
      ...Object.fromEntries(
        recorded.map((name) => [`${measureColumn(name)}_mean`, finite(mean(cell.measures.get(name) ?? []))]),
      ),
      converged_at_end: convergedAtEnd,
      converged_ever: convergedSteps.length,
      converged_step_median: finite(median(convergedSteps)),
      peak_norm: trainedLoss?.peakNorm?.value,
      peak_norm_step: trainedLoss?.peakNorm?.step,
      final_loss: trainedLoss?.finalLoss,
    },
  };
}

/** Returns the paired differences along every axis, averaged over the cells; undefined if no axis varies. */
export function overallTable({ overall, runs }: ReportData): Table | undefined {
  if (overall.length === 0) {
    return undefined;
  }
  const losses = lossesOf(overall);
  const trained = new Set(runs.map(({ keys }) => keys.get("trained_loss")));
  return {
    title: differencesHelp,
    columns: [
      { title: "axis" },
      { title: "value" },
      { title: "against" },
      ...differenceColumns(losses, trained),
    ],
    rows: overall.map((difference) => {
      const { axis, base, value } = difference;
      return {
        texts: [
          keyLabel(axis.key),
          columnLabel(axis.key, value),
          columnLabel(axis.key, base),
          ...differenceTexts(difference, losses),
        ],
        values: { axis: axis.key, value, base, ...differenceValues(difference, losses) },
      };
    }),
  };
}

/** Returns the paired differences along one axis, cell by cell. */
export function axisTable({ byCell, runs }: ReportData, axis: string): Table {
  const own = byCell.filter((difference) => difference.axis.key === axis);
  const losses = lossesOf(own);
  const trained = new Set(runs.map(({ keys }) => keys.get("trained_loss")));
  const keys = distinguishingKeys(runs).filter((key) => key !== axis);
  const base = own[0] === undefined ? "" : columnLabel(axis, own[0].base);
  return {
    title: `Paired differences by ${keyLabel(axis)}, each value against ${base}`,
    columns: [
      ...keys.map(keyColumn),
      { title: keyLabel(axis), short: shortKeyLabel(axis) },
      ...differenceColumns(losses, trained),
    ],
    rows: own.map((difference) => ({
      texts: [
        ...keyTexts(difference.keys, keys),
        columnLabel(axis, difference.value),
        ...differenceTexts(difference, losses),
      ],
      values: {
        ...keyValues(difference.keys, keys),
        axis,
        value: difference.value,
        base: difference.base,
        ...differenceValues(difference, losses),
      },
    })),
  };
}

/** Returns every table of the report: the cells, the averaged differences and those of the axes that are asked for. */
export function reportTables(data: ReportData, axes: readonly string[]): readonly Table[] {
  const overall = overallTable(data);
  return [
    cellTable(data),
    ...(overall === undefined ? [] : [overall]),
    ...axes.map((axis) => axisTable(data, axis)),
  ];
}

function keyColumn(key: string): TableColumn {
  return { title: keyLabel(key), short: shortKeyLabel(key) };
}

function keyTexts(keys: Keys, names: readonly string[]): readonly string[] {
  return names.map((name) => columnLabel(name, keys.get(name) ?? ""));
}

function keyValues(keys: Keys, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, keys.get(name) ?? ""]));
}

function lossesOf(differences: readonly PairedDifference[]): readonly string[] {
  return [...new Set(differences.flatMap(({ norms }) => [...norms.keys()]))];
}

/** Norms of losses that are not trained are left out first. */
function differenceColumns(
  losses: readonly string[],
  trained: ReadonlySet<string | undefined>,
): readonly TableColumn[] {
  return [
    { title: "runs", isNumber: true },
    { title: "accuracy", isNumber: true },
    { title: "converged", isNumber: true, rank: 1 },
    ...losses.map((loss, i) => ({
      title: `${loss} norm, ratio`,
      short: `${loss} norm`,
      isNumber: true,
      rank: (trained.has(loss) ? 2 : 3) + i / losses.length,
    })),
  ];
}

function differenceTexts(
  { accuracy, norms, converged }: PairedDifference,
  losses: readonly string[],
): readonly string[] {
  const runs = accuracy?.runs ?? Math.max(0, ...[...norms.values()].map((ratio) => ratio.runs));
  return [
    String(runs),
    formatDifference(accuracy),
    formatConvergedChange(converged),
    ...losses.map((loss) => formatRatio(norms.get(loss))),
  ];
}

function differenceValues({ accuracy, norms, converged }: PairedDifference, losses: readonly string[]) {
  return {
    ...estimateValues("accuracy_difference", accuracy),
    base_converged: converged.base.converged,
    base_runs: converged.base.runs,
    value_converged: converged.value.converged,
    value_runs: converged.value.runs,
    ...Object.assign({}, ...losses.map((loss) => estimateValues(`${loss}_norm_ratio`, norms.get(loss)))),
  };
}

function estimateValues(name: string, estimate: Estimate | undefined) {
  return {
    [name]: estimate?.mean,
    [`${name}_low`]: estimate?.low,
    [`${name}_high`]: estimate?.high,
    [`${name}_runs`]: estimate?.runs,
  };
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
