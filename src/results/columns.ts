import { stringify } from "csv-stringify/sync";
import { measureColumn } from "../study/measures.js";
import { columnOf, mainKeys, rowLayout } from "../study/row-layout.js";
import type { Cell, Run } from "../study/run.js";

/** Returns the header of a run's CSV. */
export function header(run: Run): string[] {
  return [
    ...keyColumns(run),
    "step",
    ...rowLayout(run).columns,
    "accuracy",
    ...run.metrics.map(measureColumn),
  ];
}

/** Returns the columns that say which run a row belongs to. They hold the same in every row of a run. */
export function keyColumns(run: Pick<Run, "columns">): string[] {
  return [...mainKeys.map(columnOf), "run", ...run.columns.map(columnOf)];
}

/** Returns the text of a run's key columns, in their order. */
export function keyCells(run: Pick<Run, "cell" | "repetition" | "columns">): string[] {
  const text = (key: keyof Cell) => String(run.cell[key]);
  return [...mainKeys.map(text), String(run.repetition), ...run.columns.map(text)];
}

/** Returns one line of CSV, quoted where needed (RFC 4180, but with LF). */
export function csvLine(cells: readonly string[]): string {
  return stringify([[...cells]]);
}
