import { type LossName, lossNames } from "../losses.js";
import type { Run } from "../run.js";

// Runs whose steps have the same shapes and operations are trained by one compiled step. All else in which they differ is
// a number per lane (lane-parameters.ts).

/** The part of a run on which its step depends. */
export type LaneRun = Pick<Run, "cell" | "monitor" | "perLayer">;

/** What runs must have in common to be trained by one compiled step. */
export interface StepSignature {
  readonly batchNorm: boolean;
  readonly batchSize: number;
  readonly imageSize: number;
  readonly filters: number;
  readonly convLayers: number;
  /** Whether labels are swapped. */
  readonly noisy: boolean;
  /** The recorded losses, in table order. */
  readonly monitor: readonly LossName[];
  /** Losses that are trained but not recorded, in table order. */
  readonly unrecorded: readonly LossName[];
  readonly perLayer: boolean;
}

/** Returns the signature of a run's step. */
export function stepSignature({ cell, monitor, perLayer }: LaneRun): StepSignature {
  const { batchNorm, batchSize, imageSize, filters, convLayers } = cell;
  return {
    ...{ batchNorm, batchSize, imageSize, filters, convLayers },
    noisy: cell.labelNoise > 0,
    monitor: lossNames.filter((name) => monitor.includes(name)),
    unrecorded: monitor.includes(cell.loss) ? [] : [cell.loss],
    perLayer,
  };
}

/** Returns a key that is equal for runs that can be trained together: same signature, length and evaluation. */
export function signatureKey(run: Run): string {
  const { steps, evaluateEvery, validationImages, evaluateWith } = run.cell;
  return JSON.stringify([stepSignature(run), steps, evaluateEvery, validationImages, evaluateWith]);
}

/** Returns the common signature of several runs. Throws if they cannot be trained together. */
export function commonSignature(runs: readonly [Run, ...Run[]]): StepSignature {
  if (new Set(runs.map(signatureKey)).size > 1) {
    throw new Error("runs of different step signatures cannot be trained together");
  }
  return stepSignature(runs[0]);
}

/** Returns the losses whose gradients a step computes: the recorded ones, then the others. */
export function computedLosses({ monitor, unrecorded }: StepSignature): LossName[] {
  return [...monitor, ...unrecorded];
}
