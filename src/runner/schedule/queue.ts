// The runs that wait for a worker. They are assigned so that all workers end together: the longest first, which is LPT
// scheduling (Graham 1969, https://doi.org/10.1137/0117039), and in groups that become smaller towards the end, which is guided
// self-scheduling (Polychronopoulos and Kuck 1987, https://doi.org/10.1109/TC.1987.5009495). Every worker has a step signature
// of its own as far as possible, because it must compile a step for each.

/** An item that waits for a worker. */
export interface QueuedItem<Item> {
  readonly item: Item;
  /** Only items with equal keys can be trained together; a worker compiles a step for each key. */
  readonly key: string;
  /** Items with equal `images` can share the drawing of images. */
  readonly images: string;
  /** In any unit. */
  readonly cost: number;
}

/** The waiting items. Immutable: `takeGroup` returns what is left. */
export interface Queue<Item> {
  /** Items by key, the most expensive first. No list is empty. */
  readonly byKey: ReadonlyMap<string, readonly QueuedItem<Item>[]>;
  /** Of all items. */
  readonly cost: number;
  readonly size: number;
}

/** The worker that asks for a group, and the others at work. */
export interface GroupRequest {
  /** The key that the worker has compiled last. */
  readonly lastKey: string | undefined;
  /** The last key of each other worker that has one. */
  readonly otherKeys: readonly string[];
  /** All workers, including the one that asks. */
  readonly workers: number;
  readonly maxItems: number;
  /**
   * Whether the group is trained in lanes of one compiled step, in a time that hardly depends on its length, instead of one
   * run after the other.
   */
  readonly usesLanes: boolean;
}

/** Items of one key for one worker. */
export interface Group<Item> {
  readonly key: string;
  readonly items: readonly Item[];
}

/** Switch a worker to another key, which costs a compilation, only for a run at least this many times as long as its own next one. */
const switchRatio = 4;

/** Creates a queue of items in any order. */
export function createQueue<Item>(items: readonly QueuedItem<Item>[]): Queue<Item> {
  const byKey = new Map<string, QueuedItem<Item>[]>();
  for (const queued of sortItems(items)) {
    const list = byKey.get(queued.key) ?? [];
    byKey.set(queued.key, list);
    list.push(queued);
  }
  return { byKey, cost: totalCost(items), size: items.length };
}

/** Returns the next group for a worker and the queue without it, or undefined if the queue is empty. */
export function takeGroup<Item>(
  queue: Queue<Item>,
  request: GroupRequest,
): { readonly group: Group<Item>; readonly rest: Queue<Item> } | undefined {
  const key = chooseKey(queue, request);
  const list = key === undefined ? undefined : queue.byKey.get(key);
  if (key === undefined || list === undefined) {
    return undefined;
  }
  const length = request.usesLanes
    ? laneGroupLength(list, queue.byKey.size, request)
    : guidedGroupLength(list, queue.cost, request);
  const taken = list.slice(0, length);
  const byKey = new Map(queue.byKey);
  if (length < list.length) {
    byKey.set(key, list.slice(length));
  } else {
    byKey.delete(key);
  }
  return {
    group: { key, items: taken.map(({ item }) => item) },
    rest: { byKey, cost: queue.cost - totalCost(taken), size: queue.size - taken.length },
  };
}

/** The most expensive first; among equals, those of the same images together. */
function sortItems<Item>(items: readonly QueuedItem<Item>[]): readonly QueuedItem<Item>[] {
  return [...items].sort((a, b) => b.cost - a.cost || compareText(a.images, b.images));
}

/** Compares texts by their UTF-16 units, the same everywhere. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function totalCost(items: readonly QueuedItem<unknown>[]): number {
  return items.reduce((total, { cost }) => total + cost, 0);
}

/** The worker's own key while it lasts, because that is compiled; else the key with the most cost left for each worker at it. */
function chooseKey(
  { byKey, cost }: Queue<unknown>,
  { lastKey, otherKeys, workers }: GroupRequest,
): string | undefined {
  const keys = [...byKey].map(([key, list]) => {
    const others = otherKeys.filter((other) => other === key).length;
    return { key, longest: list[0]?.cost ?? 0, share: totalCost(list) / (others + 1) };
  });
  const own = keys.find(({ key }) => key === lastKey);
  // A run longer than a worker's share of everything left would end last unless it starts now.
  const [long] = keys
    .filter(({ longest }) => longest >= cost / workers && longest >= switchRatio * (own?.longest ?? 0))
    .sort((a, b) => b.longest - a.longest);
  const [largest] = keys.sort((a, b) => b.share - a.share || b.longest - a.longest);
  return (long ?? own ?? largest)?.key;
}

/** All of the key at once; if more workers than keys are without work, an equal part for each of them. */
function laneGroupLength(
  list: readonly QueuedItem<unknown>[],
  keys: number,
  { workers, otherKeys, maxItems }: GroupRequest,
): number {
  const parts = Math.max(1, Math.ceil((workers - otherKeys.length) / keys));
  return Math.min(maxItems, Math.ceil(list.length / parts));
}

/** At least one item, and otherwise at most half of a worker's fair share of the cost left, all of the same images. */
function guidedGroupLength(
  list: readonly QueuedItem<unknown>[],
  costLeft: number,
  { workers, maxItems }: GroupRequest,
): number {
  const fairCost = workers === 1 ? costLeft : costLeft / (2 * workers);
  let cost = 0;
  let length = 0;
  for (const queued of list.slice(0, maxItems)) {
    const fits = cost + queued.cost <= fairCost && queued.images === list[0]?.images;
    if (length > 0 && !fits) {
      break;
    }
    cost += queued.cost;
    length += 1;
  }
  return length;
}
