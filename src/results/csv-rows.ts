import { stringify } from "csv-stringify/sync";
import type { MeasureValues } from "../study/measures.js";
import { rowLayout } from "../study/row-layout.js";
import type { Run } from "../study/run.js";
import type { StepChunk } from "../study/training.js";
import { keyCells } from "./columns.js";
import { float32Text } from "./float32.js";

/**
 * Returns the CSV rows of consecutive steps as text.
 *
 * @param values Float32, row-major, [steps][the run's value columns].
 * @param accuracies Maps a step to the accuracy measured after it; the cell of any other step is empty.
 * @param measures Maps a step to the measures after it, likewise.
 * @throws RangeError if `values` is not a whole number of rows.
 */
export function formatRows(
  run: Run,
  firstStep: number,
  values: Float32Array,
  accuracies: ReadonlyMap<number, number>,
  measures: ReadonlyMap<number, MeasureValues> = new Map(),
): string {
  const width = rowLayout(run).columns.length;
  if (values.length % width !== 0) {
    throw new RangeError(`${values.length} values are not a whole number of rows of ${width}`);
  }
  // Only keys may need quotes. Numbers never do, and csv-stringify would look at each of their characters, which takes
  // 2 % of the time of a sweep.
  const keys = stringify([keyCells(run)], { eof: false });
  const rows = Array.from({ length: values.length / width }, (_, row) => {
    const step = firstStep + row;
    const measured = measures.get(step);
    const numbers = [
      ...values.subarray(row * width, (row + 1) * width),
      accuracies.get(step),
      ...run.metrics.map((name) => measured?.[name]),
    ];
    return `${keys},${step},${numbers.map(numberCell).join(",")}\n`;
  });
  return rows.join("");
}

/** Returns the CSV rows of a chunk of training as text. */
export function formatChunk(run: Run, chunk: StepChunk): string {
  const { firstStep, steps, values, accuracy, measures } = chunk;
  const last = firstStep + steps - 1;
  const accuracies = new Map(accuracy === undefined ? [] : [[last, accuracy]]);
  return formatRows(run, firstStep, values, accuracies, new Map(measures && [[last, measures]]));
}

function numberCell(value: number | undefined): string {
  return value === undefined ? "" : float32Text(Math.fround(value));
}
