import { type Config, furtherAxes, valuesOf } from "../../config/config.js";
import { gridCells } from "../../config/grid.js";
import { canonicalJson } from "../../config/hash.js";
import { parameterKeys } from "../../config/parameters.js";
import { printable } from "../../config/problems.js";

/** A key whose value keeps a folder from taking a config. */
export interface ConfigDifference {
  readonly key: string;
  /** The value in the folder's config, as JSON. */
  readonly there: string;
  /** The value in the config that was asked for, as JSON. */
  readonly here: string;
}

/**
 * Returns what keeps a sweep from growing from one config to another; nothing if it can: if the new config has every run of
 * the old one, unchanged. That is so for more runs, for further values of an axis, and for a parameter that becomes an axis
 * and keeps its value.
 */
export function growthObstacles(there: Config, here: Config): readonly ConfigDifference[] {
  // The usual case, without a look at what may be 100,000 runs.
  if (canonicalJson(there) === canonicalJson(here)) {
    return [];
  }
  const differences = (["seed", "monitor", "perLayer", "metrics"] as const)
    .filter((key) => canonicalJson(there[key]) !== canonicalJson(here[key]))
    .map((key) => difference(key, there[key], here[key]));
  if (here.runs < there.runs) {
    differences.push(difference("runs", there.runs, here.runs));
  }
  const cells = new Set(gridCells(here).map(canonicalJson));
  if (gridCells(there).every((cell) => cells.has(canonicalJson(cell)))) {
    return differences;
  }
  const lost = parameterKeys.filter((key) => {
    const values: readonly unknown[] = valuesOf(here, key);
    return valuesOf(there, key).some((value) => !values.includes(value));
  });
  differences.push(
    ...lost.map((key) => difference(key, unlisted(valuesOf(there, key)), unlisted(valuesOf(here, key)))),
  );
  return differences.length > 0 ? differences : [difference("grids", there.grids ?? [], here.grids ?? [])];
}

/** Returns whether two configs have the same runs in files of the same names. */
export function isSameSweep(one: Config, other: Config): boolean {
  return (
    canonicalJson(furtherAxes(one)) === canonicalJson(furtherAxes(other)) &&
    growthObstacles(one, other).length === 0 &&
    growthObstacles(other, one).length === 0
  );
}

/** Returns differences as a table with a head. */
export function differenceTable(differences: readonly ConfigDifference[]): readonly string[] {
  const rows = [{ key: "key", there: "there", here: "here" }, ...differences];
  const width = (column: keyof ConfigDifference) => Math.max(...rows.map((row) => row[column].length));
  return rows.map(
    ({ key, there, here }) => `${key.padEnd(width("key"))}  ${there.padEnd(width("there"))}  ${here}`,
  );
}

function difference(key: string, there: unknown, here: unknown): ConfigDifference {
  return { key, there: printable(JSON.stringify(there)), here: printable(JSON.stringify(here)) };
}

function unlisted(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values;
}
