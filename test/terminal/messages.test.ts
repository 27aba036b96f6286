import assert from "node:assert/strict";
import { test } from "node:test";
import { sweepSize, truncateList } from "../../src/terminal/messages.js";

test("The size of a sweep has cells and runs, each in its singular or plural", () => {
  assert.equal(sweepSize(1, 1), "1 cell, 1 run");
  assert.equal(sweepSize(36, 108), "36 cells, 108 runs");
});

test("A long list is cut, and says how many lines are left out", () => {
  assert.deepEqual(truncateList(["a", "b", "c"], 3), ["a", "b", "c"]);
  assert.deepEqual(truncateList(["a", "b", "c", "d"], 2), ["a", "b", "and 2 more"]);
});
