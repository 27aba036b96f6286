// The columns of a CSV by their names, which both readers, tables and summaries need.
import { measureOfColumn } from "../../study/measures.js";
import { lossSuffix, normSuffix } from "../../study/row-layout.js";

/** A column of measured values. `layer` is undefined unless it is the norm of one layer's gradient. */
export interface MeasuredColumn {
  readonly column: string;
  readonly quantity: "loss" | "norm";
  readonly loss: string;
  readonly layer: string | undefined;
}

/**
 * Parses a column's name as `rowLayout` forms it, also of a loss that this version does not have. Returns undefined for a
 * key, the step and what is measured on validation images.
 */
export function parseMeasuredColumn(column: string): MeasuredColumn | undefined {
  const end = column.lastIndexOf(normSuffix);
  if (end > 0) {
    const layer = column.slice(end + normSuffix.length + 1);
    return { column, quantity: "norm", loss: column.slice(0, end), layer: layer === "" ? undefined : layer };
  }
  if (!column.endsWith(lossSuffix) || column === "trained_loss") {
    return undefined;
  }
  return { column, quantity: "loss", loss: column.slice(0, -lossSuffix.length), layer: undefined };
}

/** Returns true if the column is a key: the same in all rows of a run, it says which run a row belongs to. */
export function isKeyColumn(column: string): boolean {
  const isEvaluation = column === "accuracy" || measureOfColumn(column) !== undefined;
  return column !== "step" && !isEvaluation && parseMeasuredColumn(column) === undefined;
}
