import type { Cell, Run } from "../study/run.js";
import { type Config, furtherAxes } from "./config.js";
import { parameterKeys } from "./parameters.js";

/** Returns a config's cells: the product of its lists, the first key of the table varying slowest. */
export function gridCells(config: Config): readonly Cell[] {
  let cells: readonly Partial<Cell>[] = [{}];
  for (const key of parameterKeys) {
    const values: readonly unknown[] = [config[key]].flat();
    cells = cells.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value })));
  }
  return cells as readonly Cell[];
}

/** Returns a config's runs in grid order: cell by cell, each cell's repetitions from 0. */
export function gridRuns(config: Config): readonly Run[] {
  const { seed, monitor, perLayer } = config;
  const columns = furtherAxes(config);
  const repetitions = Array.from({ length: config.runs }, (_, repetition) => repetition);
  return gridCells(config).flatMap((cell) =>
    repetitions.map((repetition) => ({ cell, repetition, seed, monitor, perLayer, columns })),
  );
}

/** Returns the number of a config's runs, without creating them: a slip in a list may ask for more than fit in memory. */
export function runCount(config: Config): number {
  return parameterKeys.reduce((product, key) => product * [config[key]].flat().length, config.runs);
}
