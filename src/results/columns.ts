import { stringify } from "csv-stringify/sync";
import { columnOf, mainKeys } from "../config/parameters.js";
import { layerNames } from "../study/network/architecture.js";
import type { Cell, Run } from "../study/run.js";

/** Returns the header of a run's CSV. */
export function header(run: Run): string[] {
  return [...keyColumns(run), "step", ...valueColumns(run), "accuracy"];
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

/**
 * Returns the columns of the numbers recorded at every step: the value of each monitored loss, then the gradient norm of
 * each, then with `perLayer` the norms of each layer's gradient.
 */
export function valueColumns(run: Pick<Run, "cell" | "monitor" | "perLayer">): string[] {
  const { cell, monitor, perLayer } = run;
  const layers = perLayer ? layerNames(cell) : [];
  return [
    ...monitor.map((loss) => `${loss}_loss`),
    ...monitor.map((loss) => `${loss}_grad_norm`),
    ...monitor.flatMap((loss) => layers.map((layer) => `${loss}_grad_norm_${layer}`)),
  ];
}

/** Returns one line of CSV, quoted where needed (RFC 4180, but with LF). */
export function csvLine(cells: readonly string[]): string {
  return stringify([[...cells]]);
}
