import { rowLayout } from "../study/row-layout.js";
import type { Run } from "../study/run.js";

// What a person should look at while a run trains: pure functions of its rows.

/** A value of a column at a step. */
export interface ColumnValue {
  readonly column: string;
  readonly step: number;
  readonly value: number;
}

/** What is wrong with the rows of a run so far. */
export interface RowFaults {
  /** The first value that is NaN or infinite. */
  readonly firstNonFinite: ColumnValue | undefined;
  /** The first gradient norm past the bound. */
  readonly firstPastBound: ColumnValue | undefined;
  /** The largest finite gradient norm past the bound. */
  readonly largest: ColumnValue | undefined;
}

/** A run without rows. */
export const noFaults: RowFaults = {
  firstNonFinite: undefined,
  firstPastBound: undefined,
  largest: undefined,
};

/** Returns the faults after one more row: the same object if there is nothing new. */
export type FaultFinder = (faults: RowFaults, step: number, values: ArrayLike<number>) => RowFaults;

/**
 * Creates the finder for rows of a run. A gradient norm is checked over all parameters, of every loss that is recorded: one
 * past `normBound` is a fault.
 */
export function createFaultFinder(run: Run, normBound: number): FaultFinder {
  const { columns, norms } = rowLayout(run);
  const endOfNorms = norms.begin + norms.size;
  return (faults, step, values) => {
    let next = faults;
    for (let index = 0; index < columns.length; index++) {
      const value = values[index] ?? Number.NaN;
      const isNorm = index >= norms.begin && index < endOfNorms;
      const isNumber = Number.isFinite(value);
      if (!isNumber && next.firstNonFinite === undefined) {
        next = { ...next, firstNonFinite: { column: columns[index] ?? "", step, value } };
      }
      if (isNorm && isNumber && value > (next.largest?.value ?? normBound)) {
        const largest = { column: columns[index] ?? "", step, value };
        next = { ...next, largest, firstPastBound: next.firstPastBound ?? largest };
      }
    }
    return next;
  };
}

/** Measurements in a row at the majority class that count as being stuck there. */
const stuckMeasurements = 3;

/** Standard deviations of the majority's share in the validation images within which an accuracy is that share. */
const deviations = 4;

/**
 * Returns whether the last accuracies of a run are those of a network that says the same class for every pixel. Its accuracy
 * is the share of the larger class in the validation images, which is near the larger of t and 1 - t.
 */
export function isAtMajority({ cell }: Pick<Run, "cell">, accuracies: ArrayLike<number>): boolean {
  const { threshold, validationImages, imageSize } = cell;
  const share = Math.max(threshold, 1 - threshold);
  const pixels = validationImages * imageSize ** 2;
  const distance = deviations * Math.sqrt((share * (1 - share)) / pixels);
  const last = Array.from(accuracies).slice(-stuckMeasurements);
  return (
    last.length === stuckMeasurements && last.every((accuracy) => Math.abs(accuracy - share) <= distance)
  );
}

/** Returns what is wrong with a run, as phrases for a person. */
export function describeFaults(
  run: Pick<Run, "cell">,
  { firstNonFinite, firstPastBound, largest }: RowFaults,
  accuracies: ArrayLike<number>,
): readonly string[] {
  const warnings: string[] = [];
  if (firstNonFinite !== undefined) {
    const { column, step, value } = firstNonFinite;
    warnings.push(`${value} in ${column} from step ${grouped(step)}`);
  }
  if (isAtMajority(run, accuracies)) {
    const accuracy = accuracies[accuracies.length - 1] ?? Number.NaN;
    warnings.push(`at the majority class: accuracy ${accuracy.toFixed(4)}`);
  }
  if (firstPastBound !== undefined && largest !== undefined) {
    const { column, step, value } = largest;
    const first =
      firstPastBound.step === step ? "" : `, past the bound since step ${grouped(firstPastBound.step)}`;
    warnings.push(`${column} up to ${shortNumber(value)} at step ${grouped(step)}${first}`);
  }
  return warnings;
}

function grouped(number: number): string {
  return number.toLocaleString("en-US");
}

function shortNumber(value: number): string {
  return value < 1e6 ? grouped(Number(value.toPrecision(3))) : value.toExponential(1);
}
