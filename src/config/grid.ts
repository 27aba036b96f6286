import type { Cell, Run } from "./cell.js";
import { type Config, furtherAxes } from "./config.js";
import { parameterKeys } from "./parameters.js";

/** A config's cells: the product of its lists, the first key of the table varying slowest. */
export function cellsOf(config: Config): readonly Cell[] {
  let cells: readonly Partial<Cell>[] = [{}];
  for (const key of parameterKeys) {
    const values: readonly unknown[] = [config[key]].flat();
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value })));
  }
  return cells as readonly Cell[];
}

/** A config's runs in grid order: cell by cell, each cell's repetitions from 0. */
export function runsOf(config: Config): readonly Run[] {
  const { seed, monitor, perLayer } = config;
  const columns = furtherAxes(config);
  const numbers = Array.from({ length: config.runs }, (_, run) => run);
  return cellsOf(config).flatMap((cell) =>
    numbers.map((run) => ({ cell, run, seed, monitor, perLayer, columns })),
  );
}
