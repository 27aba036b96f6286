import { axesOf, groupByKeys, type Keys } from "./axes.js";
import { findOriginalRuns, type OriginalRun } from "./findings/original-accuracy.js";
import type { ColumnSummary, RunSummary } from "./run-summary.js";
import { mean } from "./stats/estimates.js";
import type { Peak } from "./stats/peak.js";

/** What the runs of one cell show together. */
export interface CellSummary {
  readonly keys: Keys;
  readonly runs: readonly RunSummary[];
  /** Final accuracies of the runs that have one. */
  readonly accuracies: readonly number[];
  /** First steps at .99 of the runs that got there. */
  readonly convergedSteps: readonly number[];
  /** Of the loss that is trained; undefined where it was not monitored. */
  readonly trainedLoss: LossSummary | undefined;
  readonly losses: readonly LossSummary[];
  /** The original's runs of this cell; none where it had no such cell. */
  readonly original: readonly OriginalRun[];
}

/** One monitored loss over the runs of a cell. */
export interface LossSummary {
  readonly loss: string;
  /** Mean of the values at the last step. */
  readonly finalLoss: number;
  /** Mean of the norms at the last step. */
  readonly finalNorm: number;
  /** Of the run whose moving average has the middle peak. */
  readonly peakNorm: Peak | null;
  readonly peakLoss: Peak | null;
  /** Mean over all steps and runs. */
  readonly meanNorm: number;
}

/** Summaries of the cells in the order of the runs. */
export function summarizeCells(runs: readonly RunSummary[]): readonly CellSummary[] {
  const keys = axesOf(runs).map((axis) => axis.key);
  return groupByKeys(runs, keys).map(summaryOf);
}

function summaryOf(runs: readonly RunSummary[]): CellSummary {
  const keys: Keys = runs[0]?.keys ?? new Map();
  const traces = [...(runs[0]?.columns.values() ?? [])].filter((trace) => trace.layer === null);
  const losses = [...new Set(traces.map((trace) => trace.loss))].map((loss) => lossOf(runs, loss));
  return {
    keys,
    runs,
    accuracies: runs.flatMap((run) => run.finalAccuracy ?? []),
    convergedSteps: runs.flatMap((run) => run.convergedStep ?? []),
    trainedLoss: losses.find(({ loss }) => loss === keys.get("trained_loss")),
    losses,
    original: findOriginalRuns(keys),
  };
}

function lossOf(runs: readonly RunSummary[], loss: string): LossSummary {
  const values = runs.flatMap((run) => run.columns.get(`${loss}_loss`) ?? []);
  const norms = runs.flatMap((run) => run.columns.get(`${loss}_grad_norm`) ?? []);
  return {
    loss,
    finalLoss: mean(values.map((trace) => trace.final)),
    finalNorm: mean(norms.map((trace) => trace.final)),
    peakNorm: middlePeak(norms),
    peakLoss: middlePeak(values),
    meanNorm: mean(norms.map((trace) => trace.mean)),
  };
}

/** A peak that one of the runs really had, with its own step. */
function middlePeak(traces: readonly ColumnSummary[]): Peak | null {
  const peaks = traces.flatMap((trace) => trace.peak ?? []).toSorted((a, b) => a.value - b.value);
  return peaks[Math.floor((peaks.length - 1) / 2)] ?? null;
}
