import type { LossName } from "../study/losses.js";
import type { MeasureValues } from "../study/measures.js";
import { type ColumnRange, type RecordedNumbers, rowLayout } from "../study/row-layout.js";

// The numbers that sum up a run. The runner folds over chunks of rows, the analysis over the columns of a CSV: both use these
// functions, so that a record and a report never differ.

/** A run has converged at its first accuracy of at least this. */
export const convergedAccuracy = 0.99;

/** The column of summary.csv with the step at which a run converged. */
export const convergedStepColumn = `first_step_at_${convergedAccuracy}`;

/** What the measured accuracies of a run amount to; every field is undefined until one is measured. */
export interface AccuracyMetrics {
  readonly finalAccuracy: number | undefined;
  readonly bestAccuracy: number | undefined;
  /** The first step with the best accuracy. */
  readonly bestStep: number | undefined;
  /** The first step with at least `convergedAccuracy`. */
  readonly firstStepAt99: number | undefined;
}

/** The metrics of a run: what its record says of its numbers. */
export interface RunMetrics extends AccuracyMetrics {
  /** Of the last step, by monitored loss. */
  readonly finalLosses: Readonly<Partial<Record<LossName, number>>>;
  /** Gradient norms of the last step, by monitored loss. */
  readonly finalNorms: Readonly<Partial<Record<LossName, number>>>;
  /** The last measured values of the recorded measures. */
  readonly finalMeasures: MeasureValues;
  /** The first step at which a recorded number is NaN. */
  readonly firstNaN: number | undefined;
}

const noAccuracy: AccuracyMetrics = {
  finalAccuracy: undefined,
  bestAccuracy: undefined,
  bestStep: undefined,
  firstStepAt99: undefined,
};

/** The metrics of a run before its first step. */
export const emptyMetrics: RunMetrics = {
  ...noAccuracy,
  finalLosses: {},
  finalNorms: {},
  finalMeasures: {},
  firstNaN: undefined,
};

/** Returns the metrics after one more accuracy, measured at `step`. Of equally good accuracies the first is the best. */
export function addAccuracy<Metrics extends AccuracyMetrics>(
  metrics: Metrics,
  step: number,
  accuracy: number,
): Metrics {
  const isBetter = metrics.bestAccuracy === undefined || accuracy > metrics.bestAccuracy;
  return {
    ...metrics,
    finalAccuracy: accuracy,
    ...(isBetter ? { bestAccuracy: accuracy, bestStep: step } : {}),
    firstStepAt99: metrics.firstStepAt99 ?? (accuracy >= convergedAccuracy ? step : undefined),
  };
}

/** Returns what all accuracies of a run amount to, `accuracies[i]` being the one measured at `steps[i]`. */
export function accuracyMetrics(steps: ArrayLike<number>, accuracies: ArrayLike<number>): AccuracyMetrics {
  let metrics = noAccuracy;
  for (let index = 0; index < accuracies.length; index++) {
    metrics = addAccuracy(metrics, steps[index] ?? Number.NaN, accuracies[index] ?? Number.NaN);
  }
  return metrics;
}

/**
 * Returns the metrics after more rows of recorded values, without accuracies (see `addAccuracy`).
 *
 * @param firstStep step of the first row
 * @param values row-major, whole rows in the row layout of `recorded`, at least one
 */
export function addRows(
  metrics: RunMetrics,
  recorded: RecordedNumbers,
  firstStep: number,
  values: Float32Array,
): RunMetrics {
  const { columns, losses, norms } = rowLayout(recorded);
  const width = columns.length;
  const last = values.subarray(values.length - width);
  const named = ({ begin }: ColumnRange) =>
    Object.fromEntries(recorded.monitor.map((name, index) => [name, last[begin + index] ?? Number.NaN]));
  const row = metrics.firstNaN === undefined ? firstRowWithNaN(values, width) : undefined;
  return {
    ...metrics,
    finalLosses: named(losses),
    finalNorms: named(norms),
    firstNaN: row === undefined ? metrics.firstNaN : firstStep + row,
  };
}

/** Returns the index of the first row with a NaN, or undefined; `values` is row-major, `width` numbers a row. */
export function firstRowWithNaN(values: Float32Array, width = 1): number | undefined {
  const index = values.findIndex(Number.isNaN);
  return index < 0 ? undefined : Math.floor(index / width);
}
