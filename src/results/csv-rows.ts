import type { Run } from "../study/run.js";
import { csvLine, keyCells, valueColumns } from "./columns.js";
import { float32Text } from "./float32.js";

/**
 * Whole CSV rows of consecutive steps. `values` is row-major, [steps][the run's value columns]; `accuracies` maps a step
 * to the accuracy measured after it. Formatted by hand: numbers need no quoting, and csv-stringify takes more than twice as long.
 */
export function formatRows(
  run: Run,
  firstStep: number,
  values: Float32Array,
  accuracies: ReadonlyMap<number, number>,
): string {
  const width = valueColumns(run).length;
  if (values.length % width !== 0) {
    throw new RangeError(`${values.length} values are no whole rows of ${width}`);
  }
  const keys = csvLine(keyCells(run)).slice(0, -1);
  const steps = values.length / width;
  let text = "";
  for (let row = 0; row < steps; row++) {
    const step = firstStep + row;
    text += `${keys},${step}`;
    const end = (row + 1) * width;
    for (let index = row * width; index < end; index++) {
      text += `,${float32Text(values[index] ?? Number.NaN)}`;
    }
    const accuracy = accuracies.get(step);
    text += accuracy === undefined ? ",\n" : `,${float32Text(Math.fround(accuracy))}\n`;
  }
  return text;
}
