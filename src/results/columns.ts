import { stringify } from "csv-stringify/sync";
import { columnOf, mainKeys } from "../config/parameters.js";
import { layerNames } from "../study/network/architecture.js";
import type { Cell, Run } from "../study/run.js";

/** The header of a run's CSV. */
export function header(run: Run): string[] {
  return [...keyColumns(run), "step", ...valueColumns(run), "accuracy"];
}

/** The columns that hold the same in every row of a run, and say which run it is. */
export function keyColumns(run: Pick<Run, "columns">): string[] {
  return [...mainKeys.map(columnOf), "run", ...run.columns.map(columnOf)];
}

/** What stands in those columns. */
export function keyCells(run: Pick<Run, "cell" | "repetition" | "columns">): string[] {
  const text = (key: keyof Cell) => String(run.cell[key]);
  return [...mainKeys.map(text), String(run.repetition), ...run.columns.map(text)];
}

/** The columns of a step's values: every monitored loss, then its gradient norm, then if asked its layers' norms. */
export function valueColumns(run: Pick<Run, "cell" | "monitor" | "perLayer">): string[] {
  const { cell, monitor, perLayer } = run;
  const layers = perLayer ? layerNames(cell) : [];
  return [
    ...monitor.map((loss) => `${loss}_loss`),
    ...monitor.map((loss) => `${loss}_grad_norm`),
    ...monitor.flatMap((loss) => layers.map((layer) => `${loss}_grad_norm_${layer}`)),
  ];
}

/** Cells as one line of CSV (RFC 4180, LF). */
export function csvLine(cells: readonly string[]): string {
  return stringify([[...cells]]);
}
