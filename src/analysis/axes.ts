import { columnOf, parameterKeys, parameters } from "../config/parameters.js";
import { studyCell } from "../study/run.js";
import type { RunSummary } from "./run-summary.js";

/** A key column of a sweep with the values that its runs have. */
export interface Axis {
  /** The column's name. */
  readonly key: string;
  /** In order: numbers ascend, words stand as in the table of parameters. */
  readonly values: readonly string[];
  readonly numeric: boolean;
}

/** Key columns with their values: what a cell or a group of cells is. */
export type Keys = ReadonlyMap<string, string>;

/** All key columns of the runs (not `run`), in the CSVs' order. */
export function axesOf(digests: readonly RunSummary[]): readonly Axis[] {
  const keys = new Set(digests.flatMap((run) => [...run.keys.keys()]));
  return [...keys].map((key) => axisOf(key, [...new Set(digests.map((run) => run.keys.get(key) ?? ""))]));
}

/** The axes with more than one value. */
export function varyingAxes(axes: readonly Axis[]): readonly Axis[] {
  return axes.filter((axis) => axis.values.length > 1);
}

function axisOf(key: string, values: readonly string[]): Axis {
  const numeric = values.every((value) => value !== "" && Number.isFinite(Number(value)));
  const words = parameterWords(key);
  const place = (value: string) => (words.includes(value) ? words.indexOf(value) : words.length);
  const order = numeric
    ? (a: string, b: string) => Number(a) - Number(b)
    : (a: string, b: string) => place(a) - place(b) || (a < b ? -1 : 1);
  return { key, values: values.toSorted(order), numeric };
}

function parameterWords(column: string): readonly string[] {
  const key = parameterKeys.find((name) => columnOf(name) === column);
  if (key === undefined) {
    return [];
  }
  return key === "batchNorm" ? ["false", "true"] : parameters[key].words;
}

/** The value that the study has for a key column, null for a column that is no parameter. */
export function studyValue(column: string): string | null {
  const key = parameterKeys.find((name) => columnOf(name) === column);
  return key === undefined ? null : String(studyCell[key]);
}

/** One string for some keys' values, the same for equal values. */
export function keyIdentity(keys: Keys, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => keys.get(name) ?? null));
}

/** Items with the same values of some keys, in the order in which the groups first come. */
export function groupByKeys<Item extends { readonly keys: Keys }>(
  items: readonly Item[],
  names: readonly string[],
): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const name = keyIdentity(item.keys, names);
    const group = groups.get(name);
    if (group === undefined) {
      groups.set(name, [item]);
    } else {
      group.push(item);
    }
  }
  return [...groups.values()];
}

/** Orders runs by their keys as the axes order the values, then by run number: the order of a sweep's grid. */
export function sortByGrid(digests: readonly RunSummary[]): readonly RunSummary[] {
  const places = axesOf(digests).map(({ key, values }) => ({
    key,
    place: new Map(values.map((value, i) => [value, i])),
  }));
  const rank = (run: RunSummary) => places.map(({ key, place }) => place.get(run.keys.get(key) ?? "") ?? 0);
  return digests
    .map((run) => ({ run, rank: [...rank(run), run.run] }))
    .toSorted((a, b) => compare(a.rank, b.rank))
    .map(({ run }) => run);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
