/** Something that waits for a worker. */
export interface QueuedItem<Item> {
  readonly item: Item;
  /** Only what has one key can be trained together, and a worker has to compile something for every key. */
  readonly key: string;
  /** Runs of the same images share their drawing. */
  readonly images: string;
  /** In any unit. */
  readonly cost: number;
}

/** Who asks, and in what company. */
export interface WorkRequest {
  /** What the worker has compiled last. */
  readonly lastKey: string | undefined;
  /** The keys that the other workers are at, one for each. */
  readonly elsewhere: readonly string[];
  /** All workers, the one who asks included. */
  readonly workers: number;
  /** Most items of a group. */
  readonly most: number;
  /** Whether the group is trained by one program, in a time that hardly depends on its length, and not one run after the other. */
  readonly usesLanes: boolean;
}

export interface Group<Item> {
  readonly key: string;
  readonly items: readonly Item[];
}

export interface Queue<Item> {
  /** The next group for a worker; undefined when nothing waits. */
  take(asking: WorkRequest): Group<Item> | undefined;
  /** How many wait. */
  size(): number;
}

/** Another key's run is worth a change of key, and a compilation, from so many times the worker's own runs on. */
const worthChanging = 4;

/**
 * Deals out groups so that all workers end together: the longest first, each worker at a key of its own as far as that goes,
 * and smaller groups towards the end.
 */
export function openQueue<Item>(waiting: readonly QueuedItem<Item>[]): Queue<Item> {
  const byKey = new Map<string, QueuedItem<Item>[]>();
  for (const entry of inOrder(waiting)) {
    const list = byKey.get(entry.key) ?? [];
    byKey.set(entry.key, list);
    list.push(entry);
  }
  let left = costOf(waiting);
  let size = waiting.length;
  return {
    size: () => size,
    take(asking) {
      const key = chooseKey(byKey, left, asking);
      const list = key === undefined ? undefined : byKey.get(key);
      if (key === undefined || list === undefined) {
        return undefined;
      }
      const length = asking.usesLanes
        ? lengthOfWideGroup(list, byKey.size, asking)
        : lengthOfGroup(list, left, asking);
      const group = list.splice(0, length);
      if (list.length === 0) {
        byKey.delete(key);
      }
      left -= costOf(group);
      size -= group.length;
      return { key, items: group.map(({ item }) => item) };
    },
  };
}

/** The longest first; among equals, those of the same images together. */
function inOrder<Item>(waiting: readonly QueuedItem<Item>[]): readonly QueuedItem<Item>[] {
  return [...waiting].sort((a, b) => b.cost - a.cost || compare(a.images, b.images));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function costOf(waiting: readonly QueuedItem<unknown>[]): number {
  return waiting.reduce((total, { cost }) => total + cost, 0);
}

/** The worker's own key as long as it lasts, as that is compiled; else the one with most left for each worker at it. */
function chooseKey(
  byKey: ReadonlyMap<string, readonly QueuedItem<unknown>[]>,
  left: number,
  { lastKey, elsewhere, workers }: WorkRequest,
): string | undefined {
  const keys = [...byKey].map(([key, list]) => {
    const there = elsewhere.filter((other) => other === key).length;
    return { key, longest: list[0]?.cost ?? 0, share: costOf(list) / (there + 1) };
  });
  const own = keys.find(({ key }) => key === lastKey);
  // A run that takes longer than a worker's part of all the rest would be the last to end if it were not begun now.
  const [long] = keys
    .filter(({ longest }) => longest >= left / workers && longest >= worthChanging * (own?.longest ?? 0))
    .sort((a, b) => b.longest - a.longest);
  const [most] = keys.sort((a, b) => b.share - a.share || b.longest - a.longest);
  return (long ?? own ?? most)?.key;
}

/** All of the key's at once; where there are more workers without a key than keys, as many parts of it as there are workers for each. */
function lengthOfWideGroup(
  list: readonly QueuedItem<unknown>[],
  keys: number,
  { workers, elsewhere, most }: WorkRequest,
): number {
  const parts = Math.max(1, Math.ceil((workers - elsewhere.length) / keys));
  return Math.min(most, Math.ceil(list.length / parts));
}

/** How many of a key's first make the next group: at least one, and no more than half of a worker's part of what is left. */
function lengthOfGroup(
  list: readonly QueuedItem<unknown>[],
  left: number,
  { workers, most }: WorkRequest,
): number {
  const fair = workers === 1 ? left : left / (2 * workers);
  let cost = 0;
  let length = 0;
  for (const entry of list.slice(0, most)) {
    const fits = cost + entry.cost <= fair && entry.images === list[0]?.images;
    if (length > 0 && !fits) {
      break;
    }
    cost += entry.cost;
    length += 1;
  }
  return length;
}
