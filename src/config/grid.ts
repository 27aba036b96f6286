import type { Cell, Run } from "../study/run.js";
import { type Config, furtherAxes, type Grid, gridsOf } from "./config.js";
import { canonicalJson } from "./hash.js";
import { parameterKeys } from "./parameters.js";

/**
 * Returns a config's cells: grid by grid the product of its lists, the first key of the table varying slowest. A cell of
 * several grids is there once.
 */
export function gridCells(config: Config): readonly Cell[] {
  const grids = gridsOf(config);
  if (grids.length === 1) {
    return grids.flatMap(productOf);
  }
  const cells = new Map<string, Cell>();
  for (const cell of grids.flatMap(productOf)) {
    const identity = canonicalJson(cell);
    if (!cells.has(identity)) {
      cells.set(identity, cell);
    }
  }
  return [...cells.values()];
}

/**
 * Returns a config's runs in grid order: cell by cell, each cell's repetitions from 0.
 *
 * @param earlier the configs that the same sweep had before it grew, the oldest first. Their cells keep their columns, and
 *   with them their names and files.
 */
export function gridRuns(config: Config, earlier: readonly Config[] = []): readonly Run[] {
  const { seed, monitor, perLayer, metrics } = config;
  const columnsOf = new Map<string, readonly (keyof Cell)[]>();
  for (const before of earlier) {
    const columns = furtherAxes(before);
    for (const identity of gridCells(before).map(canonicalJson)) {
      columnsOf.set(identity, columnsOf.get(identity) ?? columns);
    }
  }
  const newColumns = furtherAxes(config);
  const repetitions = Array.from({ length: config.runs }, (_, repetition) => repetition);
  return gridCells(config).flatMap((cell) => {
    const columns = earlier.length === 0 ? newColumns : (columnsOf.get(canonicalJson(cell)) ?? newColumns);
    return repetitions.map((repetition) => ({
      ...{ cell, repetition, seed, monitor, perLayer, metrics, columns },
    }));
  });
}

/**
 * Returns an upper bound of the number of a config's runs without creating them: a slip in a list may ask for more than
 * fit in memory. It is exact unless grids overlap.
 */
export function runCountBound(config: Config): number {
  const cells = gridsOf(config).map((grid) =>
    parameterKeys.reduce((product, key) => product * [grid[key]].flat().length, 1),
  );
  return cells.reduce((total, count) => total + count, 0) * config.runs;
}

function productOf(grid: Grid): readonly Cell[] {
  let cells: readonly Partial<Cell>[] = [{}];
  for (const key of parameterKeys) {
    const values: readonly unknown[] = [grid[key]].flat();
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value })));
  }
  return cells as readonly Cell[];
}
