import type { Run } from "../config/cell.js";

/** A run that waits for a worker. */
export interface Waiting<T> {
  readonly item: T;
  readonly run: Run;
  /** Only runs of one key can be trained together, and a worker has to compile something for every key. */
  readonly key: string;
}

export interface Queue<T> {
  /** The next runs for a worker that has last worked on `lastKey`: of one key, at most `most`. Empty when nothing waits. */
  take(
    lastKey: string | undefined,
    most: number,
    workers: number,
  ): { readonly key: string; readonly items: readonly T[] } | undefined;
  /** How many wait. */
  size(): number;
}

/** The longest work first: keys by the steps that wait under them, so that what is left at the end is short. */
export function openQueue<T>(waiting: readonly Waiting<T>[]): Queue<T> {
  const byKey = new Map<string, Waiting<T>[]>();
  // Within a key, runs of one number stand together: they see the same images.
  const sorted = [...waiting].sort((a, b) => b.run.cell.steps - a.run.cell.steps || a.run.run - b.run.run);
  for (const entry of sorted) {
    byKey.set(entry.key, [...(byKey.get(entry.key) ?? []), entry]);
  }
  const left = (): number => [...byKey.values()].reduce((total, { length }) => total + length, 0);
  return {
    size: left,
    take(lastKey, most, workers) {
      const key = chooseKey(byKey, lastKey, workers);
      const list = key === undefined ? undefined : byKey.get(key);
      if (key === undefined || list === undefined) {
        return undefined;
      }
      // Smaller groups towards the end, so that all workers end together.
      const fair = Math.max(1, Math.ceil(left() / (2 * workers)));
      const items = list.splice(0, Math.min(most, fair)).map(({ item }) => item);
      if (list.length === 0) {
        byKey.delete(key);
      }
      return { key, items };
    },
  };
}

/** The worker's own key as long as it lasts, as it is compiled; else the one with most steps left per worker. */
function chooseKey<T>(
  byKey: ReadonlyMap<string, readonly Waiting<T>[]>,
  lastKey: string | undefined,
  _workers: number,
): string | undefined {
  if (lastKey !== undefined && byKey.has(lastKey)) {
    return lastKey;
  }
  const stepsOf = (list: readonly Waiting<T>[]): number =>
    list.reduce((total, { run }) => total + run.cell.steps, 0);
  return [...byKey.entries()].sort(([, a], [, b]) => stepsOf(b) - stepsOf(a))[0]?.[0];
}
