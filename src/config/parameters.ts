import { type LossName, losses, lossNames, studyLosses } from "../study/losses.js";
import { type MeasureName, measureNames, measures } from "../study/measures.js";
import { columnOf, separated } from "../study/row-layout.js";
import { type Cell, studyCell } from "../study/run.js";
import { taskNames, tasks } from "../study/tasks/tasks.js";
import { choice, listOf, onOff, orWord, realNumber, type ValueType, wholeNumber } from "./value-types.js";

/** A parameter of the program: the only source of what schema, flags, help, docs, columns and cell names say of it. */
export interface Parameter<Value> extends ValueType<Value> {
  /** Its value where neither file nor flag sets it. */
  readonly default: Value;
  /** One line of help, with the unit. */
  readonly help: string;
}

function parameter<Value>(type: ValueType<Value>, standard: Value, help: string): Parameter<Value> {
  return { ...type, default: standard, help };
}

const titles = Object.fromEntries(lossNames.map((name) => [name, losses[name].title]));
const loss = choice(lossNames, titles);
const measureTitles = Object.fromEntries(measureNames.map((name) => [name, measures[name].title]));
const taskTitles = Object.fromEntries(taskNames.map((name) => [name, tasks[name].title]));

/** Every parameter of a cell, in the order of grid, columns and help. A list of values makes it an axis of the grid. */
export const parameters: { readonly [Key in keyof Cell]: Parameter<Cell[Key]> } = {
  optimizer: parameter(choice(["adam", "sgd"]), studyCell.optimizer, "optimizer of the weights"),
  batchNorm: parameter(onOff(), studyCell.batchNorm, "batch normalization after each 3x3 convolution"),
  threshold: parameter(
    realNumber({ above: 0, below: 1 }),
    studyCell.threshold,
    "pixels above this value are foreground; 0.05 makes 95 % foreground",
  ),
  loss: parameter(loss, studyCell.loss, "loss to train with"),
  steps: parameter(
    wholeNumber(1, 1_000_000_000),
    studyCell.steps,
    "number of mini-batches, each followed by one update",
  ),
  batchSize: parameter(wholeNumber(1, 4_096), studyCell.batchSize, "images in a mini-batch"),
  imageSize: parameter(wholeNumber(1, 4_096), studyCell.imageSize, "height and width of an image, in pixels"),
  filters: parameter(wholeNumber(1, 1_024), studyCell.filters, "filters of each 3x3 convolution"),
  convLayers: parameter(
    wholeNumber(1, 32),
    studyCell.convLayers,
    "number of 3x3 convolutions before the 1x1 convolution",
  ),
  learningRate: parameter(
    realNumber({ above: 0, atMost: 1e6 }),
    studyCell.learningRate,
    "learning rate of the optimizer",
  ),
  momentum: parameter(
    realNumber({ atLeast: 0, below: 1 }),
    studyCell.momentum,
    "momentum of sgd; 0 is plain sgd; adam ignores it",
  ),
  input: parameter(
    choice(["raw", "inverted", "centred"]),
    studyCell.input,
    "what the network sees of an image x: x, 1 - x or x - 0.5; labels always come from x",
  ),
  inputShift: parameter(
    realNumber({ atLeast: -100, atMost: 100 }),
    studyCell.inputShift,
    "added to what the network sees of an image; the padding around it stays 0",
  ),
  biasInit: parameter(
    orWord(realNumber({ atLeast: -100, atMost: 100 }), "threshold"),
    studyCell.biasInit,
    "input value at which conv1's units have their kink before the first step, by their biases; threshold is the input value at the threshold; batch norm ignores it",
  ),
  frozenLayer: parameter(
    wholeNumber(0, 33),
    studyCell.frozenLayer,
    "layer that is not trained: 1 is conv1, convLayers + 1 the 1x1 convolution, 0 none; its gradient is recorded even so",
  ),
  labelNoise: parameter(
    realNumber({ atLeast: 0, atMost: 0.5 }),
    studyCell.labelNoise,
    "share of training pixels whose label is swapped",
  ),
  task: parameter(
    choice(taskNames, taskTitles),
    studyCell.task,
    "how images and their labels are made; the foreground share is 1 - threshold in every task",
  ),
  radius: parameter(
    wholeNumber(1, 5),
    studyCell.radius,
    "smooth and discs: radius r of the discs, in pixels; threshold ignores it",
  ),
  lossEpsilon: parameter(
    realNumber({ above: 0, below: 0.5 }),
    studyCell.lossEpsilon,
    "eps in the definitions of the losses",
  ),
  foregroundWeight: parameter(
    orWord(realNumber({ above: 0, below: 1 }), "inverse"),
    studyCell.foregroundWeight,
    "wcce: weight w of the foreground, where the background has 1 - w; inverse is the background's share of the pixels",
  ),
  focalGamma: parameter(
    realNumber({ atLeast: 0, atMost: 100 }),
    studyCell.focalGamma,
    "focal: exponent gamma; 0 is cross entropy",
  ),
  tverskyAlpha: parameter(
    realNumber({ atLeast: 0, atMost: 100 }),
    studyCell.tverskyAlpha,
    "tversky: weight of false positives",
  ),
  tverskyBeta: parameter(
    realNumber({ atLeast: 0, atMost: 100 }),
    studyCell.tverskyBeta,
    "tversky: weight of false negatives",
  ),
  evaluateEvery: parameter(
    wholeNumber(1, 1_000_000_000),
    studyCell.evaluateEvery,
    "steps from one measurement of accuracy to the next; the last step has one too",
  ),
  validationImages: parameter(
    wholeNumber(1, 100_000),
    studyCell.validationImages,
    "images on which accuracy is measured, drawn once per run",
  ),
  evaluateWith: parameter(
    choice(["moving", "batch"]),
    studyCell.evaluateWith,
    "batch norm's moments when accuracy is measured: its moving averages, or those of the validation images",
  ),
};

/** The keys of a cell in the order of the table. */
export const parameterKeys = Object.keys(parameters) as readonly (keyof Cell)[];

/** The keys of a config beside the grid's. */
export const settings = {
  runs: parameter(wholeNumber(1, 10_000), 3, "repetitions of every cell, numbered from 0"),
  seed: parameter(
    wholeNumber(0, 4_294_967_295),
    1,
    "with the run's number it determines the random streams: initial weights and all images",
  ),
  monitor: parameter<readonly LossName[]>(
    listOf(loss),
    studyLosses,
    "losses to record at every step, whichever is trained",
  ),
  perLayer: parameter(onOff(), false, "record the gradient norm of every layer too"),
  metrics: parameter<readonly MeasureName[]>(
    listOf(choice(measureNames, measureTitles), { mayBeEmpty: true }),
    [],
    "measures of the foreground to record beside the accuracy",
  ),
} as const;

/** A key of a config file. */
export type ConfigKey = keyof Cell | keyof typeof settings;

/** Every key of a config file, in the order of help and docs. */
export const configKeys = [...parameterKeys, ...Object.keys(settings)] as readonly ConfigKey[];

/** Returns the parameter of a key. */
export function ruleOf(key: ConfigKey): Parameter<unknown> {
  return { ...parameters, ...settings }[key] as Parameter<unknown>;
}

/** Returns whether a key may have a list of values in a config. */
export function isListable(key: ConfigKey): boolean {
  return isParameter(key) || key === "monitor" || key === "metrics";
}

function isParameter(key: ConfigKey): key is keyof Cell {
  return Object.hasOwn(parameters, key);
}

/** The numbers that a repetition may have. */
export const runNumber: ValueType<number> = wholeNumber(0, 9_999);

/** Returns the parameter of a CSV's column, undefined for a column that is not a parameter. */
export function parameterOf(column: string): keyof Cell | undefined {
  return parameterKeys.find((key) => columnOf(key) === column);
}

/** Returns a key as a flag: `learningRate` is `--learning-rate`. */
export function flagOf(key: string): string {
  return `--${separated(key, "-")}`;
}

/** Returns every name of a key, as in a config, as a flag without its dashes and as a column. */
export function namesOf(key: ConfigKey): readonly string[] {
  return [key, separated(key, "-"), isParameter(key) ? columnOf(key) : separated(key, "_")];
}
