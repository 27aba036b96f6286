import { parameterOf } from "../../config/parameters.js";
import { type Keys, studyValue } from "../axes.js";

/** One run of the original, as its figures show it. */
export interface OriginalRun {
  readonly run: number;
  /** Accuracy after step 10000, good to .0003; undefined if it is below .9, where the original's axis begins. */
  readonly finalAccuracy: number | undefined;
  /** First of the measurements, every 250 steps, at or above .99; undefined if none is. */
  readonly convergedStep: number | undefined;
}

type Triple = readonly [number | undefined, number | undefined, number | undefined];

const below = undefined;
const never = undefined;

/**
 * The 108 runs of G. Chlebus, "Loss functions for semantic segmentation" (2018), read from the pixels of its 36
 * published figures: optimizer, batch norm, threshold, trained loss, then the final accuracy and the first step at .99 of
 * runs 0 to 2. Two of the steps are borderline: Adam without batch norm, threshold .95, dice, run 1 has .98997 at 3000;
 * threshold .5, cce, run 0 has .98994 at 1250. Images and weights were drawn anew for every run: distributions can be
 * compared, single runs cannot.
 */
const table: readonly (readonly [string, string, string, string, Triple, Triple])[] = [
  ["adam", "false", "0.95", "cce", [0.9971, 0.9976, 0.9974], [2750, 2750, 3000]],
  ["adam", "false", "0.95", "dicefg", [0.9958, 0.9941, 0.9962], [1750, 1750, 1750]],
  ["adam", "false", "0.95", "dice", [0.9969, 0.9935, 0.9921], [1500, 4250, 1500]],
  ["adam", "false", "0.5", "cce", [0.9981, 0.9981, 0.996], [1500, 1750, 1500]],
  ["adam", "false", "0.5", "dicefg", [0.9961, 0.9944, 0.9961], [1500, 3250, 2000]],
  ["adam", "false", "0.5", "dice", [0.9959, 0.9981, 0.9953], [1500, 1500, 1750]],
  ["adam", "false", "0.05", "cce", [0.9975, 0.9984, 0.9979], [1750, 2500, 2250]],
  ["adam", "false", "0.05", "dicefg", [0.9496, 0.9502, 0.9494], [never, never, never]],
  ["adam", "false", "0.05", "dice", [0.9956, 0.994, 0.9964], [1250, 1250, 1000]],
  ["adam", "true", "0.95", "cce", [0.9987, 0.9975, 0.9988], [1000, 1000, 1000]],
  ["adam", "true", "0.95", "dicefg", [0.9983, 0.9987, 0.9981], [750, 500, 500]],
  ["adam", "true", "0.95", "dice", [0.9972, 0.9978, 0.998], [750, 750, 1000]],
  ["adam", "true", "0.5", "cce", [0.9979, 0.9975, 0.9979], [1000, 1250, 1000]],
  ["adam", "true", "0.5", "dicefg", [0.9979, 0.9979, 0.9984], [750, 1250, 1000]],
  ["adam", "true", "0.5", "dice", [0.9975, 0.9976, 0.998], [1000, 1000, 1250]],
  ["adam", "true", "0.05", "cce", [0.9982, 0.9942, 0.9972], [1750, 1750, 1000]],
  ["adam", "true", "0.05", "dicefg", [0.999, 0.9974, 0.9979], [1750, 1500, 1250]],
  ["adam", "true", "0.05", "dice", [0.9984, 0.9986, 0.9986], [750, 750, 750]],
  ["sgd", "false", "0.95", "cce", [0.9495, 0.9505, 0.9497], [never, never, never]],
  ["sgd", "false", "0.95", "dicefg", [below, below, below], [never, never, never]],
  ["sgd", "false", "0.95", "dice", [0.9507, 0.9496, 0.9504], [never, never, never]],
  ["sgd", "false", "0.5", "cce", [below, below, below], [never, never, never]],
  ["sgd", "false", "0.5", "dicefg", [below, below, below], [never, never, never]],
  ["sgd", "false", "0.5", "dice", [below, below, below], [never, never, never]],
  ["sgd", "false", "0.05", "cce", [0.9503, 0.9499, 0.9506], [never, never, never]],
  ["sgd", "false", "0.05", "dicefg", [0.9501, 0.9501, 0.9505], [never, never, never]],
  ["sgd", "false", "0.05", "dice", [0.9508, 0.9499, 0.9501], [never, never, never]],
  ["sgd", "true", "0.95", "cce", [0.9499, 0.9498, 0.9496], [never, never, never]],
  ["sgd", "true", "0.95", "dicefg", [below, below, below], [never, never, never]],
  ["sgd", "true", "0.95", "dice", [0.9017, 0.9505, 0.9245], [never, never, never]],
  ["sgd", "true", "0.5", "cce", [0.9248, 0.9352, 0.942], [never, never, never]],
  ["sgd", "true", "0.5", "dicefg", [below, below, below], [never, never, never]],
  ["sgd", "true", "0.5", "dice", [0.9227, 0.9202, 0.9166], [never, never, never]],
  ["sgd", "true", "0.05", "cce", [0.9499, 0.9507, 0.9505], [never, never, never]],
  ["sgd", "true", "0.05", "dicefg", [0.9496, 0.9498, 0.9501], [never, never, never]],
  ["sgd", "true", "0.05", "dice", [0.9497, 0.9499, 0.9167], [never, never, never]],
];

const tableKeys = ["optimizer", "batch_norm", "threshold", "trained_loss"];

/** Returns the original's runs of a cell. Returns none if it had no such cell, which has the study's value in every other key. */
export function findOriginalRuns(keys: Keys): readonly OriginalRun[] {
  const further = [...keys].filter(([key]) => !tableKeys.includes(key) && parameterOf(key) !== undefined);
  if (further.some(([key, value]) => studyValue(key) !== value)) {
    return [];
  }
  const row = table.find(
    ([optimizer, batchNorm, threshold, loss]) =>
      keys.get("optimizer") === optimizer &&
      keys.get("batch_norm") === batchNorm &&
      Number(keys.get("threshold")) === Number(threshold) &&
      keys.get("trained_loss") === loss,
  );
  if (row === undefined) {
    return [];
  }
  const [, , , , accuracies, steps] = row;
  return accuracies.map((finalAccuracy, run) => ({ run, finalAccuracy, convergedStep: steps[run] }));
}

/** Returns the keys of every cell of the original, in its order. */
export function originalCells(): readonly Keys[] {
  return table.map(
    ([optimizer, batchNorm, threshold, loss]) =>
      new Map([
        ["optimizer", optimizer],
        ["batch_norm", batchNorm],
        ["threshold", threshold],
        ["trained_loss", loss],
      ]),
  );
}
