import type { LossName } from "../study/losses.js";
import type { MeasureName } from "../study/measures.js";
import { isMainKey } from "../study/row-layout.js";
import type { Cell } from "../study/run.js";
import { parameterKeys } from "./parameters.js";

// Apart from grid.ts, since most rooms need only the types.

/** A cell's parameters, each with one value or a list of values. Its cells are the product of the lists. */
export type Grid = { readonly [Key in keyof Cell]: Cell[Key] | readonly Cell[Key][] };

/** An effective config: what file and flags say, and the defaults for the rest. */
export interface Config extends Grid {
  /** Several grids in place of one: each replaces some of the parameters above. Absent if there is one grid. */
  readonly grids?: readonly Partial<Grid>[];
  /** Repetitions of every cell. */
  readonly runs: number;
  readonly seed: number;
  /** The losses recorded, in the order of the table of losses. */
  readonly monitor: readonly LossName[];
  /** Whether every layer's gradient norm is recorded too. */
  readonly perLayer: boolean;
  /** The measures recorded beside the accuracy, in the order of the table of measures. */
  readonly metrics: readonly MeasureName[];
}

/** Returns a config's grids, each with all parameters. */
export function gridsOf(config: Config): readonly Grid[] {
  return (config.grids ?? [{}]).map((grid) => ({ ...config, ...grid }));
}

/** Returns the different values of a parameter in all grids of a config. */
export function valuesOf<Key extends keyof Cell>(config: Config, key: Key): readonly Cell[Key][] {
  return [...new Set(gridsOf(config).flatMap((grid) => grid[key] as Cell[Key] | Cell[Key][]))];
}

/** Returns the swept parameters other than the main ones, in the order of the table. A list of one value counts as swept. */
export function furtherAxes(config: Config): readonly (keyof Cell)[] {
  const isSwept = (key: keyof Cell) =>
    valuesOf(config, key).length > 1 || gridsOf(config).some((grid) => Array.isArray(grid[key]));
  return parameterKeys.filter((key) => !isMainKey(key) && isSwept(key));
}
