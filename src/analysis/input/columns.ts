/** What a measured column holds; `layer` only for the norm of one layer's gradient. */
export interface MeasuredColumn {
  readonly column: string;
  readonly quantity: "loss" | "norm";
  readonly loss: string;
  readonly layer: string | null;
}

const normMark = "_grad_norm";
const lossMark = "_loss";

/** What the column of this name measures, or null where it is a key, the step or the accuracy. */
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

/** Whether the column is one of the keys that stand in every row and tell which run the row belongs to. */
export function isKeyColumn(column: string): boolean {
  return column !== "step" && column !== "accuracy" && parseMeasuredColumn(column) === null;
}
