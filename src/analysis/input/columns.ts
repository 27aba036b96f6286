/** A column of measured values. `layer` is null unless it is the norm of one layer's gradient. */
export interface MeasuredColumn {
  readonly column: string;
  readonly quantity: "loss" | "norm";
  readonly loss: string;
  readonly layer: string | null;
}

const normMark = "_grad_norm";
const lossMark = "_loss";

/** Parses a column's name. Returns null for a key, the step and the accuracy. */
export function parseMeasuredColumn(column: string): MeasuredColumn | null {
  const mark = column.lastIndexOf(normMark);
  if (mark > 0) {
    const layer = column.slice(mark + normMark.length + 1);
    return { column, quantity: "norm", loss: column.slice(0, mark), layer: layer === "" ? null : layer };
  }
  if (!column.endsWith(lossMark) || column === "trained_loss") {
    return null;
  }
  return { column, quantity: "loss", loss: column.slice(0, -lossMark.length), layer: null };
}

/** Returns true if the column is a key: the same in all rows of a run, it says which run a row belongs to. */
export function isKeyColumn(column: string): boolean {
  return column !== "step" && column !== "accuracy" && parseMeasuredColumn(column) === null;
}
