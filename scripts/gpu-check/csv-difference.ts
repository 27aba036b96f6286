import { parse } from "csv-parse/sync";

/** The largest differences between two CSVs of one run. */
export interface CsvDifference {
  /** Relative difference of losses, and of gradient norms. */
  readonly losses: number;
  readonly norms: number;
  /** Absolute difference of accuracies. */
  readonly accuracy: number;
}

export const noDifference: CsvDifference = { losses: 0, norms: 0, accuracy: 0 };

/** Compares two CSVs of one run, number by number. Throws if they do not have the same number of rows. */
export function csvDifference(text: string, reference: string): CsvDifference {
  const [rows, others] = [parseRows(text), parseRows(reference)];
  if (rows.length !== others.length || rows.length === 0) {
    throw new Error(`one CSV has ${rows.length} steps, the other ${others.length}`);
  }
  return rows.reduce(
    (worst, row, index) => largerDifference(worst, rowDifference(row, others[index] ?? {})),
    noDifference,
  );
}

/** Returns the larger of each number. NaN counts as larger than any number. */
export function largerDifference(a: CsvDifference, b: CsvDifference): CsvDifference {
  return {
    losses: Math.max(a.losses, b.losses),
    norms: Math.max(a.norms, b.norms),
    accuracy: Math.max(a.accuracy, b.accuracy),
  };
}

type Row = Readonly<Record<string, string>>;

function parseRows(text: string): Row[] {
  return parse(text, { columns: true });
}

function rowDifference(row: Row, reference: Row): CsvDifference {
  const largest = (ending: string, difference: (a: number, b: number) => number): number =>
    Object.keys(row)
      .filter((column) => column.endsWith(ending) && column !== "trained_loss")
      .filter((column) => row[column] !== "" || reference[column] !== "")
      .reduce(
        (worst, column) => Math.max(worst, difference(Number(row[column]), Number(reference[column]))),
        0,
      );
  return {
    losses: largest("_loss", relativeDifference),
    norms: largest("_grad_norm", relativeDifference),
    accuracy: largest("accuracy", (a, b) => Math.abs(a - b)),
  };
}

function relativeDifference(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b) / Math.abs(b);
}
