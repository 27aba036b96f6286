import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openQueue, type QueuedItem } from "../../../src/runner/schedule/queue.js";

const none = { lastKey: undefined, elsewhere: [], workers: 2, most: 4, usesLanes: false };

function waiting(key: string, images: number, cost: number, item = `${key}${images}`): QueuedItem<string> {
  return { item, key, images: String(images), cost };
}

/** Some cells of each key, in every repetition. */
function grid(costs: Readonly<Record<string, number>>, cells: number, runs: number): QueuedItem<string>[] {
  return Object.entries(costs).flatMap(([key, cost]) =>
    Array.from({ length: cells * runs }, (_, index) => waiting(key, index % runs, cost, `${key}${index}`)),
  );
}

interface Day {
  /** When the last worker is through, if a change of key costs `compile`. */
  readonly end: number;
  readonly changes: number;
  readonly items: readonly string[];
}

/** Workers who take a group whenever they are through with one, each needing exactly the runs' costs. */
function simulate(all: readonly QueuedItem<string>[], workers: number, most: number, compile: number): Day {
  const queue = openQueue(all);
  const costs = new Map(all.map(({ item, cost }) => [item, cost]));
  const staff = Array.from({ length: workers }, () => ({ free: 0, key: undefined as string | undefined }));
  const items: string[] = [];
  let changes = 0;
  for (;;) {
    const [next] = staff.toSorted((a, b) => a.free - b.free);
    assert.ok(next);
    const elsewhere = staff.flatMap(({ key }, index) => (staff[index] === next ? [] : (key ?? [])));
    const group = queue.take({ lastKey: next.key, elsewhere, workers, most, usesLanes: false });
    if (group === undefined) {
      break;
    }
    if (group.key !== next.key) {
      changes += 1;
      next.free += compile;
    }
    next.key = group.key;
    items.push(...group.items);
    next.free += group.items.reduce((sum, item) => sum + (costs.get(item) ?? 0), 0);
  }
  return { end: Math.max(...staff.map(({ free }) => free)), changes, items };
}

test("every run is given once, in groups of one key and one draw of images, none longer than allowed", () => {
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
      (runs, workers, most) => {
        const all = runs.map(({ key, images, cost }, index) => waiting(key, images, cost, String(index)));
        const queue = openQueue(all);
        const given: string[] = [];
        let lastKey: string | undefined;
        for (;;) {
          assert.equal(queue.size(), all.length - given.length);
          const group = queue.take({ lastKey, elsewhere: [], workers, most, usesLanes: false });
          if (group === undefined) {
            break;
          }
          assert.ok(group.items.length >= 1 && group.items.length <= most);
          const members = group.items.map((item) => all[Number(item)]);
          assert.deepEqual(new Set(members.map((member) => member?.key)), new Set([group.key]));
          assert.equal(new Set(members.map((member) => member?.images)).size, 1);
          given.push(...group.items);
          lastKey = group.key;
        }
        assert.deepEqual(given.toSorted(), all.map(({ item }) => item).toSorted());
      },
    ),
  );
});

test("workers begin at different keys, and stay at theirs as long as it lasts", () => {
  const queue = openQueue(grid({ plain: 2, normalised: 3 }, 4, 2));
  const first = queue.take(none);
  assert.equal(first?.key, "normalised");
  const second = queue.take({ ...none, elsewhere: ["normalised"] });
  assert.equal(second?.key, "plain");
  assert.equal(queue.take({ ...none, lastKey: "plain", elsewhere: ["normalised"] })?.key, "plain");
});

test("the study's sweep: two workers end together, and three programs are compiled", () => {
  const { end, changes, items } = simulate(grid({ plain: 2, normalised: 3 }, 18, 3), 2, 4, 1);
  assert.equal(items.length, 108);
  assert.equal(changes, 3);
  // 54 * 2 + 54 * 3 = 270 for two, and the compilations.
  assert.ok(end <= 270 / 2 + 3 + 2, String(end));
});

test("no core is idle at the end for longer than a run and a compilation take", () => {
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

test("a run as long as a worker's part of all is begun at once, though its key has little else", () => {
  const all = [...grid({ small: 1 }, 100, 10), waiting("huge", 0, 900)];
  const { end } = simulate(all, 2, 4, 1);
  assert.ok(end <= 1900 / 2 + 4, String(end));
  // Also by a worker who has been at the short ones.
  const queue = openQueue([...grid({ small: 1 }, 10, 1), waiting("huge", 0, 90)]);
  assert.equal(queue.take({ ...none, lastKey: "small" })?.key, "huge");
});

test("a program that trains all its runs at once gets all of its key, divided if there are more workers than keys", () => {
  const wide = { ...none, most: Number.POSITIVE_INFINITY, usesLanes: true };
  const alone = openQueue(grid({ a: 1, b: 1 }, 4, 3));
  assert.equal(alone.take({ ...wide, workers: 1 })?.items.length, 12);
  const four = openQueue(grid({ a: 1, b: 1 }, 4, 3));
  assert.equal(four.take({ ...wide, workers: 4 })?.items.length, 6);
  const limited = openQueue(grid({ a: 1 }, 4, 3));
  assert.equal(limited.take({ ...wide, workers: 1, most: 5 })?.items.length, 5);
});
