import { columnOf, parameterKeys, parameters } from "../config/parameters.js";
import { type Cell, studyCell } from "../study/run.js";
import type { RunSummary } from "./run-summary.js";

/** A key column of a sweep with the values that its runs have. */
export interface Axis {
  /** The column's name. */
  readonly key: string;
  /** Numbers ascend; words are in the order of the table of parameters. */
  readonly values: readonly string[];
  readonly numeric: boolean;
}

/** Key columns with their values, which identify a cell or a group of cells. */
export type Keys = ReadonlyMap<string, string>;

/** Returns all key columns of the runs but `run`, in the order of the CSVs. */
export function axesOf(runs: readonly RunSummary[]): readonly Axis[] {
  const keys = new Set(runs.flatMap((run) => [...run.keys.keys()]));
  return [...keys].map((key) => axisOf(key, [...new Set(runs.map((run) => run.keys.get(key) ?? ""))]));
}

/** Returns the axes with more than one value. */
export function varyingAxes(axes: readonly Axis[]): readonly Axis[] {
  return axes.filter((axis) => axis.values.length > 1);
}

function axisOf(key: string, values: readonly string[]): Axis {
  const numeric = values.every((value) => value !== "" && Number.isFinite(Number(value)));
  const words = parameterWords(key);
  const rank = (value: string) => (words.includes(value) ? words.indexOf(value) : words.length);
  const order = numeric
    ? (a: string, b: string) => Number(a) - Number(b)
    : (a: string, b: string) => rank(a) - rank(b) || (a < b ? -1 : 1);
  return { key, values: values.toSorted(order), numeric };
}

function parameterWords(column: string): readonly string[] {
  const key = parameterOf(column);
  if (key === undefined) {
    return [];
  }
  return key === "batchNorm" ? ["false", "true"] : parameters[key].words;
}

/** Returns the parameter that a key column holds, undefined for a column that is not a parameter. */
export function parameterOf(column: string): keyof Cell | undefined {
  return parameterKeys.find((key) => columnOf(key) === column);
}

/** Returns the study's value of a key column, undefined for a column that is not a parameter. */
export function studyValue(column: string): string | undefined {
  const key = parameterOf(column);
  return key === undefined ? undefined : String(studyCell[key]);
}

/** Returns a text that is the same for equal values of the named keys, and only for those. */
export function keyIdentity(keys: Keys, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => keys.get(name) ?? null));
}

/** Returns the items grouped by the values of the named keys, in the order in which the groups first appear. */
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

/** Returns the runs in the order of a sweep's grid: by their keys as the axes order the values, then by run number. */
export function sortByGrid(runs: readonly RunSummary[]): readonly RunSummary[] {
  const axes = axesOf(runs).map(({ key, values }) => ({
    key,
    ranks: new Map(values.map((value, rank) => [value, rank])),
  }));
  const ranksOf = ({ keys, run }: RunSummary) => [
    ...axes.map(({ key, ranks }) => ranks.get(keys.get(key) ?? "") ?? 0),
    run,
  ];
  return runs
    .map((run) => ({ run, ranks: ranksOf(run) }))
    .toSorted((a, b) => compareLists(a.ranks, b.ranks))
    .map(({ run }) => run);
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const first = a.findIndex((value, i) => value !== b[i]);
  return first < 0 ? 0 : (a[first] ?? 0) - (b[first] ?? 0);
}
