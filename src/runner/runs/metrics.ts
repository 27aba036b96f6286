import type { LossName } from "../../study/losses.js";

/** What a run's record says of its numbers. */
export interface RunMetrics {
  readonly finalAccuracy: number | null;
  readonly bestAccuracy: number | null;
  readonly bestStep: number | null;
  /** The first measured step with an accuracy of at least .99. */
  readonly firstStepAt99: number | null;
  readonly finalLosses: Readonly<Partial<Record<LossName, number>>>;
  readonly finalNorms: Readonly<Partial<Record<LossName, number>>>;
  /** The first step at which a recorded number is NaN. */
  readonly firstNaN: number | null;
}

export const emptyMetrics: RunMetrics = {
  finalAccuracy: null,
  bestAccuracy: null,
  bestStep: null,
  firstStepAt99: null,
  finalLosses: {},
  finalNorms: {},
  firstNaN: null,
};

export const goodAccuracy = 0.99;

/** The outcome after an accuracy measured at `step`. Of equal bests the first stays. */
export function withAccuracy(outcome: RunMetrics, step: number, accuracy: number): RunMetrics {
  const isBetter = outcome.bestAccuracy === null || accuracy > outcome.bestAccuracy;
  return {
    ...outcome,
    finalAccuracy: accuracy,
    ...(isBetter ? { bestAccuracy: accuracy, bestStep: step } : {}),
    firstStepAt99: outcome.firstStepAt99 ?? (accuracy >= goodAccuracy ? step : null),
  };
}

/** The outcome after rows of values, of which the first columns are the monitored losses and then their norms. */
export function withRows(
  outcome: RunMetrics,
  monitor: readonly LossName[],
  firstStep: number,
  values: Float32Array,
  steps: number,
): RunMetrics {
  const width = values.length / steps;
  const last = values.subarray((steps - 1) * width);
  const named = (offset: number) =>
    Object.fromEntries(monitor.map((name, index) => [name, last[offset + index] ?? Number.NaN]));
  const nan = outcome.firstNaN === null ? values.findIndex(Number.isNaN) : -1;
  return {
    ...outcome,
    finalLosses: named(0),
    finalNorms: named(monitor.length),
    firstNaN: nan < 0 ? outcome.firstNaN : firstStep + Math.floor(nan / width),
  };
}
