import type { LossName } from "./losses.js";
import type { MeasureName } from "./measures.js";
import type { TaskName } from "./tasks/tasks.js";

export type Optimizer = "adam" | "sgd";
export type EvaluateWith = "moving" | "batch";
export type Input = "raw" | "inverted" | "centred";

/** One point of the grid: every parameter that can change the numbers of a run. */
export interface Cell {
  readonly optimizer: Optimizer;
  readonly batchNorm: boolean;
  /** A pixel is foreground where its value is above this; in (0, 1). */
  readonly threshold: number;
  /** The loss whose gradient updates the weights. */
  readonly loss: LossName;
  /** Mini-batches, each followed by one update. */
  readonly steps: number;
  /** Images in a mini-batch. */
  readonly batchSize: number;
  /** Height and width of an image, in pixels. */
  readonly imageSize: number;
  /** Filters of each 3x3 convolution. */
  readonly filters: number;
  /** 3x3 convolutions before the 1x1 convolution. */
  readonly convLayers: number;
  readonly learningRate: number;
  /** SGD's momentum; 0 is plain SGD. */
  readonly momentum: number;
  /** What the network sees of an image x: x, 1 - x or x - 0.5. Labels always come from x. */
  readonly input: Input;
  /** Added to what the network sees of an image; the padding around it stays 0. */
  readonly inputShift: number;
  /**
   * The input value at which conv1's units have their kink before the first step, on a uniform image; "threshold"
   * is the input value at the threshold. At 0 biases begin at 0. Batch norm, which leaves no bias, ignores it.
   */
  readonly biasInit: number | "threshold";
  /** The layer that is not trained, counted from the image: 1 is conv1, convLayers + 1 the head; 0 is none. */
  readonly frozenLayer: number;
  /** Share of training pixels whose label is swapped; in [0, 0.5]. */
  readonly labelNoise: number;
  /** How images and their labels are made. */
  readonly task: TaskName;
  /** The radius of the discs of tasks that have some, in pixels. */
  readonly radius: number;
  /** The eps of the losses' definitions. */
  readonly lossEpsilon: number;
  /**
   * wcce: the foreground's class weight w in (0, 1), where the background has 1 - w; "inverse" is the
   * background's share.
   */
  readonly foregroundWeight: number | "inverse";
  /** Focal loss: the exponent gamma. */
  readonly focalGamma: number;
  /** Weight of false positives in the Tversky index. */
  readonly tverskyAlpha: number;
  /** Weight of false negatives in the Tversky index. */
  readonly tverskyBeta: number;
  /** Steps from one measurement of accuracy to the next. */
  readonly evaluateEvery: number;
  /** Images on which accuracy is measured. */
  readonly validationImages: number;
  /**
   * Batch norm's moments when accuracy is measured: its moving averages, or those of the validation images
   * themselves.
   */
  readonly evaluateWith: EvaluateWith;
}

/** One repetition of a cell. Its content identifies it, never its place in a list. */
export interface Run {
  readonly cell: Cell;
  /** Repetition, from 0. */
  readonly repetition: number;
  /** The sweep's seed; with `repetition` it determines the run's random streams. */
  readonly seed: number;
  /** The losses recorded, in the order of the table of losses. */
  readonly monitor: readonly LossName[];
  /** Whether every layer's gradient norm is recorded too. */
  readonly perLayer: boolean;
  /** The measures recorded beside the accuracy, in the order of the table of measures. */
  readonly metrics: readonly MeasureName[];
  /** Further parameters that every CSV row contains, beside the five that it always does. */
  readonly columns: readonly (keyof Cell)[];
}

/**
 * The study's values. Of the four parameters that it varies (optimizer, batchNorm, threshold, loss) this is
 * one of its points. Parameters that the study does not have are set so that they change nothing.
 *
 * Whatever is judged by the study compares with this, never with the defaults of a config, which may change.
 */
export const studyCell: Cell = {
  optimizer: "adam",
  batchNorm: false,
  threshold: 0.5,
  loss: "cce",
  steps: 10_001,
  batchSize: 2,
  imageSize: 32,
  filters: 4,
  convLayers: 2,
  learningRate: 0.001,
  momentum: 0,
  input: "raw",
  inputShift: 0,
  biasInit: 0,
  frozenLayer: 0,
  labelNoise: 0,
  task: "threshold",
  radius: 2,
  lossEpsilon: 1e-7,
  foregroundWeight: "inverse",
  focalGamma: 2,
  tverskyAlpha: 0.3,
  tverskyBeta: 0.7,
  evaluateEvery: 250,
  validationImages: 100,
  evaluateWith: "moving",
};
