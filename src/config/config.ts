import type { LossName } from "../study/losses.js";
import type { Cell } from "../study/run.js";
import { isMainKey, parameterKeys } from "./parameters.js";

// Apart from grid.ts, since most rooms need only the types.

/** A cell's parameters, each with one value or a list of values. The grid is the product of the lists. */
export type Grid = { readonly [Key in keyof Cell]: Cell[Key] | readonly Cell[Key][] };

/** An effective config: what file and flags say, and the defaults for the rest. */
export interface Config extends Grid {
  /** Repetitions of every cell. */
  readonly runs: number;
  readonly seed: number;
  /** The losses recorded, in the order of the table of losses. */
  readonly monitor: readonly LossName[];
  /** Whether every layer's gradient norm is recorded too. */
  readonly perLayer: boolean;
}

/** Returns the swept parameters other than the main ones, in the order of the table. */
export function furtherAxes(config: Config): readonly (keyof Cell)[] {
  return parameterKeys.filter((key) => Array.isArray(config[key]) && !isMainKey(key));
}
