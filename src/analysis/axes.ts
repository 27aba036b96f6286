import { parameterOf, parameters } from "../config/parameters.js";
import { studyCell } from "../study/run.js";
import type { RunSummary } from "./run-summary.js";

/** A key column of a sweep with the values that its runs have. */
export interface Axis {
  /** The column's name. */
  readonly key: string;
  /** Numbers ascend; words are in the order of the table of parameters. */
  readonly values: readonly string[];
  /** True if the values are quantities. */
  readonly numeric: boolean;
}

/** Key columns with their values, which identify a cell or a group of cells. */
export type Keys = ReadonlyMap<string, string>;

/** The key of a run's seed, which the runs have if their seeds differ. */
export const seedKey = "seed";

/** The key of a run's sweep, which the runs have if nothing else distinguishes them. */
export const sweepKey = "sweep";

/** Returns all key columns of the runs but `run`, in the order of the CSVs. */
export function axesOf(runs: readonly { readonly keys: Keys }[]): readonly Axis[] {
  const keys = new Set(runs.flatMap((run) => [...run.keys.keys()]));
  return [...keys].map((key) => axisOf(key, [...new Set(runs.map((run) => run.keys.get(key) ?? ""))]));
}

/** Returns the axes with more than one value. */
export function varyingAxes(axes: readonly Axis[]): readonly Axis[] {
  return axes.filter((axis) => axis.values.length > 1);
}

/**
 * Returns the axes along which runs are compared in pairs: those that vary, but not the seed. Runs of different seeds have
 * nothing in common by which to pair them.
 */
export function pairedAxes(runs: readonly RunSummary[]): readonly Axis[] {
  return varyingAxes(axesOf(runs)).filter((axis) => axis.key !== seedKey);
}

function axisOf(key: string, values: readonly string[]): Axis {
  const hasNumbers = values.every((value) => value !== "" && Number.isFinite(Number(value)));
  const words = parameterWords(key);
  const rank = (value: string) => (words.includes(value) ? words.indexOf(value) : words.length);
  const order = hasNumbers
    ? (a: string, b: string) => Number(a) - Number(b)
    : (a: string, b: string) => rank(a) - rank(b) || (a < b ? -1 : 1);
  return { key, values: values.toSorted(order), numeric: hasNumbers && key !== seedKey };
}

function parameterWords(column: string): readonly string[] {
  const key = parameterOf(column);
  if (key === undefined) {
    return [];
  }
  return key === "batchNorm" ? ["false", "true"] : parameters[key].words;
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

/**
 * Identifies the random streams of a run: its number and, if the seeds differ, its seed. Runs with the same saw the same
 * images, so that they are compared in pairs and count as one observation.
 */
export function observationOf({ keys, run }: { readonly keys: Keys; readonly run: number }): string {
  return `${keys.get(seedKey) ?? ""}/${run}`;
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
export function sortByGrid<Item extends { readonly keys: Keys; readonly run: number }>(
  runs: readonly Item[],
): readonly Item[] {
  const axes = axesOf(runs).map(({ key, values }) => ({
    key,
    ranks: new Map(values.map((value, rank) => [value, rank])),
  }));
  const ranksOf = ({ keys, run }: Item) => [
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
