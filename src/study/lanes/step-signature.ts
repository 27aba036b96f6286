import { type LossName, lossNames } from "../losses.js";
import type { Run } from "../run.js";
import { type TaskName, tasks } from "../tasks/tasks.js";

// Runs whose steps have the same shapes and operations are trained by one compiled step. All else in which
// they differ is a number per lane (lane-parameters.ts).

/** The part of a run on which its step depends. */
export type LaneRun = Pick<Run, "cell" | "monitor" | "perLayer">;

/** What runs must have in common to be trained by one compiled step. */
export interface StepSignature {
  readonly batchNorm: boolean;
  readonly batchSize: number;
  readonly imageSize: number;
  readonly filters: number;
  readonly convLayers: number;
  readonly task: TaskName;
  /** Of the task; 0 where it has none. */
  readonly radius: number;
  /** Whether labels are swapped. */
  readonly noisy: boolean;
  /** The recorded losses, in table order. */
  readonly monitor: readonly LossName[];
  /** Losses that are trained but not recorded, in table order. */
  readonly unrecorded: readonly LossName[];
  readonly perLayer: boolean;
  /** The number of the layer that is not trained, from 1; 0 where all are. */
  readonly frozenLayer: number;
}

/** Returns the signature of a run's step. */
export function stepSignature({ cell, monitor, perLayer }: LaneRun): StepSignature {
  const { batchNorm, batchSize, imageSize, filters, convLayers, task } = cell;
  return {
    ...{ batchNorm, batchSize, imageSize, filters, convLayers, task },
    radius: tasks[task].usesRadius ? cell.radius : 0,
    noisy: cell.labelNoise > 0,
    monitor: lossNames.filter((name) => monitor.includes(name)),
    unrecorded: monitor.includes(cell.loss) ? [] : [cell.loss],
    perLayer,
    frozenLayer: cell.frozenLayer <= convLayers + 1 ? cell.frozenLayer : 0,
  };
}

/**
 * Returns a key that is equal for runs that can be trained together: same signature, length and evaluation.
 */
export function signatureKey(run: Run): string {
  const { steps, evaluateEvery, validationImages, evaluateWith } = run.cell;
  const evaluation = [evaluateEvery, validationImages, evaluateWith, run.metrics.length > 0];
  return JSON.stringify([stepSignature(run), steps, ...evaluation]);
}

/** Returns the common signature of several runs. Throws if they cannot be trained together. */
export function commonSignature(runs: readonly [Run, ...Run[]]): StepSignature {
  if (new Set(runs.map(signatureKey)).size > 1) {
    throw new Error("runs of different step signatures cannot be trained together");
  }
  return stepSignature(runs[0]);
}

/** Returns how many numbers a mini-batch takes beside one for every pixel. */
export function numbersPerBatch(signature: StepSignature): number {
  return signature.batchSize * tasks[signature.task].numbersPerImage(signature);
}

/** Returns the losses whose gradients a step computes: the recorded ones, then the others. */
export function computedLosses({ monitor, unrecorded }: StepSignature): LossName[] {
  return [...monitor, ...unrecorded];
}
