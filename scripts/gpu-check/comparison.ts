import { parse } from "csv-parse/sync";

/** How far two CSVs of one run are apart. */
export interface Distance {
  /** The largest relative difference of a loss, and of a norm. */
  readonly losses: number;
  readonly norms: number;
  /** The largest difference of accuracies. */
  readonly accuracy: number;
}

export const noDistance: Distance = { losses: 0, norms: 0, accuracy: 0 };

/** Compares two CSVs of one run, number by number. Throws if they have not the same columns and rows. */
export function distanceOf(a: string, b: string): Distance {
  const [rows, others] = [rowsOf(a), rowsOf(b)];
  if (rows.length !== others.length || rows.length === 0) {
    throw new Error(`one run has ${rows.length} steps, the other ${others.length}`);
  }
  return rows.reduce((most, row, index) => farther(most, rowDistance(row, others[index] ?? {})), noDistance);
}

/** The larger of each; NaN is larger than any number. */
export function farther(a: Distance, b: Distance): Distance {
  return {
    losses: Math.max(a.losses, b.losses),
    norms: Math.max(a.norms, b.norms),
    accuracy: Math.max(a.accuracy, b.accuracy),
  };
}

type Row = Readonly<Record<string, string>>;

function rowsOf(text: string): Row[] {
  return parse(text, { columns: true });
}

function rowDistance(row: Row, other: Row): Distance {
  const most = (ending: string, apart: (a: number, b: number) => number): number =>
    Object.keys(row)
      .filter((column) => column.endsWith(ending) && column !== "trained_loss")
      .filter((column) => row[column] !== "" || other[column] !== "")
      .reduce((worst, column) => Math.max(worst, apart(Number(row[column]), Number(other[column]))), 0);
  return {
    losses: most("_loss", relative),
    norms: most("_grad_norm", relative),
    accuracy: most("accuracy", (a, b) => Math.abs(a - b)),
  };
}

function relative(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b) / Math.abs(b);
}
