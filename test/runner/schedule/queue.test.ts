import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  createQueue,
  type Group,
  type GroupRequest,
  type QueuedItem,
  takeGroup,
} from "../../../src/runner/schedule/queue.js";

const request: GroupRequest = {
  lastKey: undefined,
  otherKeys: [],
  workers: 2,
  maxItems: 4,
  usesLanes: false,
};
const laneRequest: GroupRequest = { ...request, maxItems: Number.POSITIVE_INFINITY, usesLanes: true };

function queued(key: string, images: number, cost: number, item = `${key}${images}`): QueuedItem<string> {
  return { item, key, images: String(images), cost };
}

/** Some cells of each key, in every repetition. */
function grid(costs: Readonly<Record<string, number>>, cells: number, runs: number): QueuedItem<string>[] {
  return Object.entries(costs).flatMap(([key, cost]) =>
    Array.from({ length: cells * runs }, (_, index) => queued(key, index % runs, cost, `${key}${index}`)),
  );
}

/** A queue that remembers what is left. */
function openQueue(items: readonly QueuedItem<string>[]) {
  let queue = createQueue(items);
  return {
    size: () => queue.size,
    take(asking: GroupRequest): Group<string> | undefined {
      const taken = takeGroup(queue, asking);
      queue = taken?.rest ?? queue;
      return taken?.group;
    },
  };
}

interface Simulation {
  /** When the last worker has finished, if a change of key costs `compile`. */
  readonly end: number;
  readonly changes: number;
  readonly items: readonly string[];
}

/** Simulates workers that take a group whenever they are free, each run taking exactly its cost. */
function simulate(
  all: readonly QueuedItem<string>[],
  workerCount: number,
  maxItems: number,
  compile: number,
): Simulation {
  const queue = openQueue(all);
  const costs = new Map(all.map(({ item, cost }) => [item, cost]));
  const workers = Array.from({ length: workerCount }, () => ({
    freeAt: 0,
    key: undefined as string | undefined,
  }));
  const items: string[] = [];
  let changes = 0;
  for (;;) {
    const [next] = workers.toSorted((a, b) => a.freeAt - b.freeAt);
    assert.ok(next);
    const otherKeys = workers.flatMap((worker) => (worker === next ? [] : (worker.key ?? [])));
    const group = queue.take({ ...request, lastKey: next.key, otherKeys, workers: workerCount, maxItems });
    if (group === undefined) {
      break;
    }
    if (group.key !== next.key) {
      changes += 1;
      next.freeAt += compile;
    }
    next.key = group.key;
    items.push(...group.items);
    next.freeAt += group.items.reduce((sum, item) => sum + (costs.get(item) ?? 0), 0);
  }
  return { end: Math.max(...workers.map(({ freeAt }) => freeAt)), changes, items };
}

test("Every run is taken once, in groups of one key and one draw of images, none longer than allowed", () => {
  const some = fc.array(
    fc.record({
      key: fc.constantFrom("a", "b", "c"),
      images: fc.nat(3),
      cost: fc.integer({ min: 1, max: 9 }),
    }),
  );
  fc.assert(
    fc.property(
      some,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 6 }),
      (runs, workers, maxItems) => {
        const all = runs.map(({ key, images, cost }, index) => queued(key, images, cost, String(index)));
        const queue = openQueue(all);
        const taken: string[] = [];
        let lastKey: string | undefined;
        for (;;) {
          assert.equal(queue.size(), all.length - taken.length);
          const group = queue.take({ ...request, lastKey, workers, maxItems });
          if (group === undefined) {
            break;
          }
          assert.ok(group.items.length >= 1 && group.items.length <= maxItems);
          const runsOfGroup = group.items.map((item) => all[Number(item)]);
          assert.deepEqual(new Set(runsOfGroup.map((run) => run?.key)), new Set([group.key]));
          assert.equal(new Set(runsOfGroup.map((run) => run?.images)).size, 1);
          taken.push(...group.items);
          lastKey = group.key;
        }
        assert.deepEqual(taken.toSorted(), all.map(({ item }) => item).toSorted());
      },
    ),
  );
});

test("Taking a group leaves the queue it was taken from unchanged", () => {
  const queue = createQueue(grid({ a: 1, b: 2 }, 2, 2));
  const first = takeGroup(queue, request);
  assert.deepEqual(takeGroup(queue, request), first);
  assert.equal(queue.size, 8);
});

test("Workers start at different keys, and each stays at its own while it lasts", () => {
  const queue = openQueue(grid({ plain: 2, normalized: 3 }, 4, 2));
  assert.equal(queue.take(request)?.key, "normalized");
  assert.equal(queue.take({ ...request, otherKeys: ["normalized"] })?.key, "plain");
  assert.equal(queue.take({ ...request, lastKey: "plain", otherKeys: ["normalized"] })?.key, "plain");
});

test("In the study's sweep two workers end together, and three steps are compiled", () => {
  const { end, changes, items } = simulate(grid({ plain: 2, normalized: 3 }, 18, 3), 2, 4, 1);
  assert.equal(items.length, 108);
  assert.equal(changes, 3);
  // 54 * 2 + 54 * 3 = 270 for two workers, and the compilations.
  assert.ok(end <= 270 / 2 + 3 + 2, String(end));
});

test("No worker is idle at the end for longer than the longest run takes", () => {
  const costs = fc.record({ a: fc.integer({ min: 1, max: 9 }), b: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(
      costs,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      (two, cells, workers) => {
        const all = grid(two, cells, 3);
        const total = all.reduce((sum, { cost }) => sum + cost, 0);
        const { end } = simulate(all, workers, 4, 0);
        assert.ok(end <= total / workers + Math.max(two.a, two.b), `${end} of ${total} by ${workers}`);
      },
    ),
  );
});

test("A run as long as a worker's share of everything starts first, even if the worker must switch to its key", () => {
  const all = [...grid({ small: 1 }, 100, 10), queued("huge", 0, 900)];
  const { end } = simulate(all, 2, 4, 1);
  assert.ok(end <= 1900 / 2 + 4, String(end));
  const queue = openQueue([...grid({ small: 1 }, 10, 1), queued("huge", 0, 90)]);
  assert.equal(queue.take({ ...request, lastKey: "small" })?.key, "huge");
});

test("A worker with lanes takes all runs of a key, or as many as are allowed", () => {
  assert.equal(openQueue(grid({ a: 1, b: 1 }, 4, 3)).take({ ...laneRequest, workers: 1 })?.items.length, 12);
  const limited = openQueue(grid({ a: 1 }, 4, 3));
  assert.equal(limited.take({ ...laneRequest, workers: 1, maxItems: 5 })?.items.length, 5);
});

test("Workers with lanes share a key if there are more workers than keys, and leave no runs over", () => {
  const lengths = (workers: number, keys: Readonly<Record<string, number>>) => {
    const queue = openQueue(
      Object.entries(keys).flatMap(([key, count]) =>
        Array.from({ length: count }, (_, index) => queued(key, index % 3, 1, `${key}${index}`)),
      ),
    );
    const otherKeys: string[] = [];
    const groups = Array.from({ length: workers }, () => {
      const group = queue.take({ ...laneRequest, otherKeys: [...otherKeys], workers });
      otherKeys.push(...(group === undefined ? [] : [group.key]));
      return group && `${group.items.length} ${group.key}`;
    });
    return { groups, left: queue.size() };
  };
  assert.deepEqual(lengths(1, { a: 54, b: 54 }), { groups: ["54 a"], left: 54 });
  assert.deepEqual(lengths(2, { a: 54, b: 54 }), { groups: ["54 a", "54 b"], left: 0 });
  assert.deepEqual(lengths(2, { a: 54 }), { groups: ["27 a", "27 a"], left: 0 });
  assert.equal(lengths(3, { a: 54, b: 54 }).left, 0);
  assert.deepEqual(lengths(4, { a: 54, b: 54 }), { groups: ["27 a", "27 b", "27 a", "27 b"], left: 0 });
  assert.deepEqual(lengths(3, { a: 2 }).groups, ["1 a", "1 a", undefined]);
});
