import assert from "node:assert/strict";
import { test } from "node:test";
import { type DoneWork, expectedEnd, paceSince } from "../../../src/results/status/expected-end.js";

const at = (seconds: number) => new Date(seconds * 1000);

test("The pace of a process is the work that it has done since it locked the folder", () => {
  const rows: readonly (readonly [name: string, done: readonly DoneWork[], rate: number])[] = [
    ["nothing done", [], 0],
    ["a run of its own", [{ cost: 300, begun: at(110), ended: at(150) }], 0.003],
    ["a run that another process finished", [{ cost: 300, begun: at(10), ended: at(90) }], 0],
    ["a resumed run, half of whose time is its own", [{ cost: 400, begun: at(60), ended: at(140) }], 0.002],
    ["a run whose beginning is not known", [{ cost: 100, begun: undefined, ended: at(140) }], 0.001],
  ];
  for (const [name, done, rate] of rows) {
    assert.deepEqual(paceSince(at(100), at(200), done, 7), { rate, left: 7 }, name);
  }
  assert.equal(paceSince(at(200), at(200), [{ cost: 1, begun: undefined, ended: at(201) }], 1).rate, 0);
});

test("The expected end is that of the slowest process, or later if shards are queued", () => {
  const fast = { rate: 2, left: 2000 };
  const slow = { rate: 1, left: 5000 };
  assert.equal(expectedEnd([], 100, at(0)), undefined);
  assert.equal(expectedEnd([{ rate: 0, left: 5 }], 5, at(0)), undefined);
  assert.deepEqual(expectedEnd([fast], 2000, at(10)), at(11));
  assert.deepEqual(expectedEnd([fast, slow], 7000, at(10)), at(15));
  assert.deepEqual(expectedEnd([fast, slow], 30_000, at(10)), at(20), "both take what is queued");
});
