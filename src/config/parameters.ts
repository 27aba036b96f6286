import { lossNames, studyLosses } from "../study/losses.js";
import type { Cell } from "../study/run.js";
import { choice, onOff, orWord, realNumber, type ValueType, wholeNumber } from "./value-types.js";

/** A parameter of the program: everything that schema, flags, help, columns and cell names say of it. */
export interface Parameter<Value> extends ValueType<Value> {
  /** Its value where neither file nor flag says otherwise. */
  readonly default: Value;
  /** One line of help, with the unit. */
  readonly help: string;
}

function parameter<Value>(kind: ValueType<Value>, standard: Value, help: string): Parameter<Value> {
  return { ...kind, default: standard, help };
}

/** Every parameter of a cell, in the order of grid, columns and help. A list of values makes it an axis of the grid. */
export const parameters: { readonly [Key in keyof Cell]: Parameter<Cell[Key]> } = {
  optimizer: parameter(choice(["adam", "sgd"]), "adam", "what updates the weights"),
  batchNorm: parameter(onOff(), false, "batch normalisation after each 3x3 convolution"),
  threshold: parameter(
    realNumber({ above: 0, below: 1 }),
    0.5,
    "a pixel is foreground where its value is above this; 0.05 makes 95 % foreground",
  ),
  loss: parameter(choice(lossNames), "cce", "the loss that is trained"),
  steps: parameter(wholeNumber(1, 1_000_000_000), 10_001, "mini-batches, each followed by one update"),
  batchSize: parameter(wholeNumber(1, 4_096), 2, "images in a mini-batch"),
  imageSize: parameter(wholeNumber(1, 4_096), 32, "height and width of an image, in pixels"),
  filters: parameter(wholeNumber(1, 1_024), 4, "filters of each 3x3 convolution"),
  convLayers: parameter(wholeNumber(1, 32), 2, "3x3 convolutions before the 1x1 convolution"),
  learningRate: parameter(realNumber({ above: 0, atMost: 1e6 }), 0.001, "learning rate of the optimizer"),
  momentum: parameter(
    realNumber({ atLeast: 0, below: 1 }),
    0,
    "momentum of sgd; 0 is plain sgd, adam ignores it",
  ),
  input: parameter(
    choice(["raw", "inverted", "centred"]),
    "raw",
    "what the network sees of an image x: x, 1 - x or x - 0.5; labels come from x",
  ),
  labelNoise: parameter(
    realNumber({ atLeast: 0, atMost: 0.5 }),
    0,
    "share of training pixels whose label is swapped",
  ),
  lossEpsilon: parameter(realNumber({ above: 0, below: 0.5 }), 1e-7, "the eps in the losses' definitions"),
  foregroundWeight: parameter(
    orWord(realNumber({ above: 0, below: 1 }), "inverse"),
    "inverse",
    "wcce: weight of the foreground, the background's being 1 minus it; inverse takes the other class's share",
  ),
  focalGamma: parameter(
    realNumber({ atLeast: 0, atMost: 100 }),
    2,
    "focal: exponent gamma; 0 is cross entropy",
  ),
  tverskyAlpha: parameter(realNumber({ atLeast: 0, atMost: 100 }), 0.3, "tversky: weight of false positives"),
  tverskyBeta: parameter(realNumber({ atLeast: 0, atMost: 100 }), 0.7, "tversky: weight of false negatives"),
  evaluateEvery: parameter(
    wholeNumber(1, 1_000_000_000),
    250,
    "steps from one measurement of accuracy to the next",
  ),
  validationImages: parameter(
    wholeNumber(1, 100_000),
    100,
    "images on which accuracy is measured, drawn once a run",
  ),
  evaluateWith: parameter(
    choice(["moving", "batch"]),
    "moving",
    "moments of batch norm when accuracy is measured: moving averages, or those of the images themselves",
  ),
};

/** The keys of a cell in the order of the table. */
export const parameterKeys = Object.keys(parameters) as readonly (keyof Cell)[];

/** The parameters that stand in every CSV row and in every cell's name, swept or not. */
export const mainKeys = [
  "optimizer",
  "batchNorm",
  "threshold",
  "loss",
] as const satisfies readonly (keyof Cell)[];

/** Whether a key stands in every row, swept or not. */
export function isMainKey(key: keyof Cell): boolean {
  const always: readonly (keyof Cell)[] = mainKeys;
  return always.includes(key);
}

/** What a config says beside the grid. */
export const settings = {
  runs: parameter(wholeNumber(1, 10_000), 3, "repetitions of every cell, numbered from 0"),
  seed: parameter(
    wholeNumber(0, 4_294_967_295),
    1,
    "with the run's number it gives the random streams: weights and images",
  ),
  monitor: parameter(choice(lossNames), "cce", `losses to record; default: ${studyLosses.join(", ")}`),
  perLayer: parameter(onOff(), false, "record the gradient norm of every layer too"),
} as const;

/** The numbers that a repetition may have. */
export const runNumber: ValueType<number> = wholeNumber(0, 9_999);

/** A key as it stands in a CSV header: `learningRate` is `learning_rate`, `loss` is `trained_loss`. */
export function columnOf(key: keyof Cell): string {
  return key === "loss" ? "trained_loss" : separated(key, "_");
}

/** A key as a flag: `learningRate` is `--learning-rate`. */
export function flagOf(key: string): string {
  return `--${separated(key, "-")}`;
}

/** A camelCase key in lower case with its words parted. */
export function separated(key: string, separator: string): string {
  return key.replace(/[A-Z]/g, (capital) => separator + capital.toLowerCase());
}
