import type { LossName } from "./losses.js";

export type Optimizer = "adam" | "sgd";
export type EvaluateWith = "moving" | "batch";
export type Input = "raw" | "inverted" | "centred";

/** One point of the grid: every parameter that has a part in the numbers of a run. */
export interface Cell {
  readonly optimizer: Optimizer;
  readonly batchNorm: boolean;
  /** A pixel is foreground where its value is above this; in (0, 1). */
  readonly threshold: number;
  /** The loss whose gradient updates the parameters. */
  readonly loss: LossName;
  readonly steps: number;
  readonly batchSize: number;
  /** Height and width of an image, in pixels. */
  readonly imageSize: number;
  readonly filters: number;
  readonly convLayers: number;
  readonly learningRate: number;
  /** SGD's momentum; 0 is plain SGD. */
  readonly momentum: number;
  /** What the network sees of an image x: x, 1 - x or x - 0.5. Labels always come from x. */
  readonly input: Input;
  /** Share of training pixels whose label is swapped; in [0, 0.5]. */
  readonly labelNoise: number;
  /** The eps of the losses' definitions. */
  readonly lossEpsilon: number;
  /** wcce: the foreground's class weight in (0, 1), the background's being 1 minus it; "inverse" takes the other class's share. */
  readonly foregroundWeight: number | "inverse";
  readonly focalGamma: number;
  /** Weight of false positives in the Tversky index. */
  readonly tverskyAlpha: number;
  /** Weight of false negatives in the Tversky index. */
  readonly tverskyBeta: number;
  readonly evaluateEvery: number;
  readonly validationImages: number;
  /** Which moments batch norm takes when accuracy is measured: its moving averages, or those of the validation images themselves. */
  readonly evaluateWith: EvaluateWith;
}

/** One repetition of a cell. Its identity is its content, never its place in a list. */
export interface Run {
  readonly cell: Cell;
  /** Repetition, from 0. */
  readonly repetition: number;
  /** The sweep's seed; with `run` it gives the run's random streams. */
  readonly seed: number;
  /** The losses recorded, in the order of the table of losses. */
  readonly monitor: readonly LossName[];
  /** Whether every layer's gradient norm is recorded too. */
  readonly perLayer: boolean;
  /** Further parameters that stand in every CSV row, beside the five that always do. */
  readonly columns: readonly (keyof Cell)[];
}
