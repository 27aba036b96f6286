import { convergedAccuracy } from "../results/run-metrics.js";
import { type MeasureName, measureNames } from "../study/measures.js";
import { axesOf, groupByKeys, type Keys } from "./axes.js";
import { studyRuns } from "./findings/comparability.js";
import { findOriginalRuns, type OriginalRun } from "./findings/original-accuracy.js";
import type { ColumnSummary, RunSummary } from "./run-summary.js";
import { mean } from "./stats/estimates.js";
import type { Peak } from "./stats/peak.js";

/** The runs of one cell together. */
export interface CellSummary {
  readonly keys: Keys;
  readonly runs: readonly RunSummary[];
  /** Final accuracies of the runs that have one. */
  readonly accuracies: readonly number[];
  /** How many of these are converged: a mean of converged and collapsed runs says little alone. */
  readonly convergedAtEnd: number;
  /** First steps with the accuracy of convergence, of the runs that reached it. */
  readonly convergedSteps: readonly number[];
  /** The last values of each recorded measure, of the runs that have it, in the order of the table of measures. */
  readonly measures: ReadonlyMap<MeasureName, readonly number[]>;
  /** Of the loss that is trained; undefined if it was not monitored. */
  readonly trainedLoss: LossSummary | undefined;
  readonly losses: readonly LossSummary[];
  /** The original's runs of this cell; none if it had no such cell or ours are not comparable. */
  readonly original: readonly OriginalRun[];
}

/** One monitored loss over the runs of a cell. */
export interface LossSummary {
  readonly loss: string;
  /** Mean of the values at the last step. */
  readonly finalLoss: number;
  /** Mean of the gradient norms at the last step. */
  readonly finalNorm: number;
  /** Peak of the run whose moving average has the median peak. */
  readonly peakNorm: Peak | undefined;
  readonly peakLoss: Peak | undefined;
  /** Mean of the gradient norms over all steps and runs. */
  readonly meanNorm: number;
}

/** Summarizes the runs cell by cell, in the order of the runs. */
export function summarizeCells(runs: readonly RunSummary[]): readonly CellSummary[] {
  const keys = axesOf(runs).map((axis) => axis.key);
  return groupByKeys(runs, keys).map(summarizeCell);
}

function summarizeCell(runs: readonly RunSummary[]): CellSummary {
  const keys: Keys = runs[0]?.keys ?? new Map();
  const columns = [...(runs[0]?.columns.values() ?? [])].filter(({ layer }) => layer === undefined);
  const losses = [...new Set(columns.map(({ loss }) => loss))].map((loss) => summarizeLoss(runs, loss));
  const accuracies = runs.flatMap((run) => run.finalAccuracy ?? []);
  return {
    keys,
    runs,
    accuracies,
    convergedAtEnd: accuracies.filter((accuracy) => accuracy >= convergedAccuracy).length,
    convergedSteps: runs.flatMap((run) => run.convergedStep ?? []),
    measures: finalMeasures(runs),
    trainedLoss: losses.find(({ loss }) => loss === keys.get("trained_loss")),
    losses,
    original: studyRuns(runs).length > 0 ? findOriginalRuns(keys) : [],
  };
}

/** Returns the last values of every measure that any of the runs recorded. */
export function finalMeasures(runs: readonly RunSummary[]): CellSummary["measures"] {
  const values = measureNames.map((name) => {
    const finals = runs.flatMap(({ measures }) => measures.get(name)?.values.at(-1) ?? []);
    return [name, finals] as const;
  });
  return new Map(values.filter(([, finals]) => finals.length > 0));
}

function summarizeLoss(runs: readonly RunSummary[], loss: string): LossSummary {
  const columns = runs.flatMap((run) =>
    [...run.columns.values()].filter((column) => column.loss === loss && column.layer === undefined),
  );
  const values = columns.filter(({ quantity }) => quantity === "loss");
  const norms = columns.filter(({ quantity }) => quantity === "norm");
  return {
    loss,
    finalLoss: mean(values.map(({ final }) => final)),
    finalNorm: mean(norms.map(({ final }) => final)),
    peakNorm: medianPeak(norms),
    peakLoss: medianPeak(values),
    meanNorm: mean(norms.map((column) => column.mean)),
  };
}

/** Returns the median peak; of an even number the lower of the middle two, so that it is one run's, with its step. */
function medianPeak(columns: readonly ColumnSummary[]): Peak | undefined {
  const peaks = columns.flatMap(({ peak }) => peak ?? []).toSorted((a, b) => a.value - b.value);
  return peaks[Math.floor((peaks.length - 1) / 2)];
}
