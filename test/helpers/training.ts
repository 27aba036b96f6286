import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { parameterKeys, parameters } from "../../src/config/parameters.js";
import { laneTensor } from "../../src/study/lanes/lane-parameters.js";
import { type LaneRun, type StepSignature, stepSignature } from "../../src/study/lanes/step-signature.js";
import { type LossName, studyLosses } from "../../src/study/losses.js";
import type { MiniBatch } from "../../src/study/mini-batch.js";
import { toFlatLayout } from "../../src/study/network/flat-layout.js";
import type { Network } from "../../src/study/network/network.js";
import { initialOptimizerState } from "../../src/study/optimizers.js";
import type { Cell, Run } from "../../src/study/run.js";
import { trainStep } from "../../src/study/step.js";
import { initialMovingAverages, type TrainingState } from "../../src/study/training-state.js";
import { scoped, tf } from "../../src/tensorflow/index.js";
import { knownLosses } from "./reference-network.js";

/** Returns a cell with the default of every parameter that is not given. */
export function cellOf(given: Partial<Cell> = {}): Cell {
  const defaults = Object.fromEntries(parameterKeys.map((key) => [key, parameters[key].default]));
  return { ...(defaults as unknown as Cell), ...given };
}

/**
 * Returns a run of such a cell: repetition 0 with seed 1, monitoring the study's losses, unless `rest` says
 * otherwise.
 */
export function runOf(given: Partial<Cell> = {}, rest: Partial<Omit<Run, "cell">> = {}): Run {
  return {
    cell: cellOf(given),
    repetition: 0,
    seed: 1,
    monitor: studyLosses,
    perLayer: false,
    metrics: [],
    columns: [],
    ...rest,
  };
}

/** Returns runs that differ from a base in some values of the cell and record all losses. */
export function lanesOf(base: Partial<Cell>, variations: readonly Partial<Cell>[]): LaneRun[] {
  return variations.map((variation) => ({
    cell: cellOf({ ...base, ...variation }),
    monitor: knownLosses,
    perLayer: false,
  }));
}

/** Returns one run for every loss, which it trains, and their step signature. */
export function lanePerLoss(
  base: Partial<Cell>,
  names: readonly LossName[] = knownLosses,
): { readonly signature: StepSignature; readonly runs: readonly LaneRun[] } {
  const runs = lanesOf(
    base,
    names.map((loss) => ({ loss })),
  );
  const [run] = runs;
  if (run === undefined) {
    throw new Error("no losses");
  }
  return { signature: stepSignature(run), runs };
}

/**
 * Returns the state before the first step, with the same flat parameters in every lane. The caller owns the
 * tensors.
 */
export function stateWith(
  parameters: ArrayLike<number>,
  lanes: number,
  moving: TrainingState["moving"] = [],
): TrainingState {
  const one = tf.tensor2d(Float32Array.from(parameters), [1, parameters.length]);
  const all = tf.tile(one, [lanes, 1]);
  one.dispose();
  return { parameters: all, ...initialOptimizerState(lanes, parameters.length), moving };
}

/** Returns one mini-batch, [batch, y, x] flat, for every lane: [lanes, position]. */
export function batchFor(network: Network, images: ArrayLike<number>, lanes: number): Tensor {
  return tf.tidy(() =>
    tf.tile(toFlatLayout(network.layout, tf.tensor1d(Float32Array.from(images)), network.imageHalo), [
      lanes,
      1,
    ]),
  );
}

/**
 * Trains one step without compiling it. `gradients` are those of each lane's trained loss, if it trains with
 * SGD without momentum.
 */
export function eagerStep(
  network: Network,
  signature: StepSignature,
  runs: readonly LaneRun[],
  parameters: ArrayLike<number>,
  images: ArrayLike<number>,
  noise?: ArrayLike<number>,
): { readonly rows: number[][]; readonly gradients: number[][]; readonly parameters: number[][] } {
  return scoped(() => {
    const lanes = runs.length;
    const batch: MiniBatch = {
      images: batchFor(network, images, lanes),
      ...(noise === undefined ? {} : { noise: batchFor(network, noise, lanes) }),
    };
    const state = stateWith(parameters, lanes, initialMovingAverages(signature, lanes));
    const after = trainStep(network, signature, state, laneTensor(signature, runs), batch);
    return {
      rows: after.row.arraySync() as number[][],
      gradients: after.state.firstMoment.arraySync() as number[][],
      parameters: after.state.parameters.arraySync() as number[][],
    };
  });
}

/** Returns the largest |a - b| / max(|b|, floor), infinite where a value is NaN or missing. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>, floor = 0): number {
  if (a.length !== b.length) {
    return Number.POSITIVE_INFINITY;
  }
  return Array.from(a).reduce((worst, value, index) => {
    const wanted = b[index] ?? Number.NaN;
    const error = Math.abs(value - wanted) / Math.max(Math.abs(wanted), floor);
    // A comparison with NaN is false: NaN must not count as a small error.
    return error <= worst ? worst : Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }, 0);
}

/** Returns the largest |a - b| divided by the largest |b|. */
export function errorOfLargest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return relativeError(a, b, largest(b));
}

/** Returns the largest absolute value. */
export function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
