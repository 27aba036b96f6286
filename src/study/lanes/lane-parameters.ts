import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { type LossName, type LossParameter, lossNames } from "../losses.js";
import { channels } from "../network/architecture.js";
import type { Cell, Run } from "../run.js";

// Runs that are trained together, each in a lane of its own. What changes shapes or operations is common to them; all else
// is a number per lane, so that runs which differ in it share one compiled program.

/** What lanes of one program have in common. */
export interface StepSignature {
  readonly batchNorm: boolean;
  readonly batchSize: number;
  readonly imageSize: number;
  readonly filters: number;
  readonly convLayers: number;
  /** Whether some lane swaps labels. */
  readonly noisy: boolean;
  /** The losses recorded, in table order. */
  readonly monitor: readonly LossName[];
  /** Losses trained in some lane but not recorded, in table order. */
  readonly unrecorded: readonly LossName[];
  readonly perLayer: boolean;
}

/** What a lane is told of its run. */
export interface LaneRun {
  readonly cell: Cell;
  readonly monitor: readonly LossName[];
  readonly perLayer: boolean;
}

/** The program that a run needs. */
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

/** Runs with the same key can be trained together. */
export function signatureKey(run: Run): string {
  const { steps, evaluateEvery, validationImages, evaluateWith } = run.cell;
  return JSON.stringify([stepSignature(run), steps, evaluateEvery, validationImages, evaluateWith]);
}

/** The losses whose gradients a program computes: those recorded, then the others. */
export function computedLosses({ monitor, unrecorded }: StepSignature): LossName[] {
  return [...monitor, ...unrecorded];
}

/** Multiplications of the products of one lane's step, roughly. */
export function multiplyAdds(program: StepSignature): number {
  const { batchSize, imageSize, filters, convLayers } = program;
  const products = 9 * filters + (convLayers - 1) * 9 * filters ** 2 + channels * filters;
  // Forward once; back to the weights and to the input for every loss.
  const passes = 1 + 2 * computedLosses(program).length;
  return batchSize * imageSize ** 2 * products * passes;
}

/** The numbers that a lane has of its own. */
const numbers = {
  threshold: (cell: Cell) => cell.threshold,
  learningRate: (cell: Cell) => cell.learningRate,
  adam: (cell: Cell) => (cell.optimizer === "adam" ? 1 : 0),
  momentum: (cell: Cell) => cell.momentum,
  // The network sees scale x + shift.
  inputScale: (cell: Cell) => (cell.input === "inverted" ? -1 : 1),
  inputShift: (cell: Cell) => ({ raw: 0, inverted: 1, centred: -0.5 })[cell.input],
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

export type LaneNumber = keyof typeof numbers;

const order = Object.keys(numbers) as LaneNumber[];

/** Every lane's numbers and, one-hot, its trained loss among the computed ones: [lanes, numbers + losses]. */
export function laneTensor(program: StepSignature, runs: readonly LaneRun[]): Tensor {
  const computed = computedLosses(program);
  const rows = runs.map(({ cell }) => [
    ...order.map((name) => numbers[name](cell)),
    ...computed.map((name) => (name === cell.loss ? 1 : 0)),
  ]);
  return tf.tensor2d(rows);
}

/** How many numbers `laneTensor` has per lane. */
export function laneWidth(program: StepSignature): number {
  return order.length + computedLosses(program).length;
}

/** One number of every lane: [lanes, 1]. */
export function laneNumber(lanes: Tensor, name: LaneNumber): Tensor {
  return tf.slice(lanes, [0, order.indexOf(name)], [-1, 1]);
}

/** The trained loss of every lane, one-hot: [lanes, losses]. */
export function trainedLoss(lanes: Tensor): Tensor {
  return tf.slice(lanes, [0, order.length], [-1, -1]);
}
