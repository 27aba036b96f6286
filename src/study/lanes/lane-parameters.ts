import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import type { LossParameter } from "../losses.js";
import type { InitialWeights } from "../network/initial-weights.js";
import { streamSeed } from "../random.js";
import type { Cell, Run } from "../run.js";
import { tasks } from "../tasks/tasks.js";
import { computedLosses, type LaneRun, type StepSignature } from "./step-signature.js";

/** The numbers that every lane has of its own. */
const numbers = {
  threshold: (cell: Cell) => cell.threshold,
  learningRate: (cell: Cell) => cell.learningRate,
  adam: (cell: Cell) => (cell.optimizer === "adam" ? 1 : 0),
  momentum: (cell: Cell) => cell.momentum,
  // The network sees scale x + shift.
  inputScale: (cell: Cell) => (cell.input === "inverted" ? -1 : 1),
  inputShift: (cell: Cell) => ({ raw: 0, inverted: 1, centred: -0.5 })[cell.input] + cell.inputShift,
  labelNoise: (cell: Cell) => cell.labelNoise,
  lossEpsilon: (cell: Cell) => cell.lossEpsilon,
  // "inverse": weights inverse to the classes' shares, 1 - threshold and threshold, scaled to a sum of 1.
  foregroundWeight: (cell: Cell) =>
    cell.foregroundWeight === "inverse" ? cell.threshold : cell.foregroundWeight,
  focalGamma: (cell: Cell) => cell.focalGamma,
  tverskyAlpha: (cell: Cell) => cell.tverskyAlpha,
  tverskyBeta: (cell: Cell) => cell.tverskyBeta,
} as const satisfies Readonly<Record<string, (cell: Cell) => number>> &
  Readonly<Record<LossParameter, unknown>>;

/** The name of one of a lane's numbers. */
export type LaneNumber = keyof typeof numbers;

const order = Object.keys(numbers) as LaneNumber[];

/**
 * Returns the parameters of some lanes, [lanes, width]: every lane's numbers, then its trained loss, one-hot
 * among the computed ones, then the numbers of its task.
 */
export function laneTensor(signature: StepSignature, runs: readonly LaneRun[]): Tensor {
  const computed = computedLosses(signature);
  const rows = runs.map(({ cell }) => [
    ...order.map((name) => numbers[name](cell)),
    ...computed.map((name) => (name === cell.loss ? 1 : 0)),
    ...tasks[signature.task].laneNumbers(cell),
  ]);
  return tf.tensor2d(rows);
}

/** Returns the second size of `laneTensor`. */
export function laneWidth(signature: StepSignature): number {
  return order.length + computedLosses(signature).length + taskWidth(signature);
}

/** Returns one number of every lane, [lanes, 1]. */
export function laneNumber(lanes: Tensor, name: LaneNumber): Tensor {
  return tf.slice(lanes, [0, order.indexOf(name)], [-1, 1]);
}

/** Returns the trained loss of every lane, one-hot, [lanes, losses]. */
export function trainedLoss(signature: StepSignature, lanes: Tensor): Tensor {
  return tf.slice(lanes, [0, order.length], [-1, computedLosses(signature).length]);
}

/** Returns the numbers of every lane's task, [lanes, numbers]. */
export function taskNumbers(signature: StepSignature, lanes: Tensor): Tensor {
  const before = laneWidth(signature) - taskWidth(signature);
  return tf.slice(lanes, [0, before], [-1, taskWidth(signature)]);
}

function taskWidth(signature: StepSignature): number {
  // As many for every threshold.
  return tasks[signature.task].laneNumbers({ ...signature, threshold: 0.5 }).length;
}

/** Returns what a run's initial weights are made of. */
export function initialWeightsOf({ cell, seed, repetition }: Run): InitialWeights {
  const { inputScale, inputShift } = numbers;
  const kink =
    cell.biasInit === "threshold" ? inputScale(cell) * cell.threshold + inputShift(cell) : cell.biasInit;
  return { stream: streamSeed(seed, repetition, "weights"), kink };
}
