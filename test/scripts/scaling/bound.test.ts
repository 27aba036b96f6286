import assert from "node:assert/strict";
import { test } from "node:test";
import { lowerBound } from "../../../scripts/scaling/bound.js";

test("No sweep is shorter than a worker's share, than its longest run, or than the runs that one worker must take", () => {
  assert.equal(lowerBound([1, 1, 2, 2, 2], 2, 3), 3 + 4);
  assert.equal(lowerBound([1, 9, 1], 2, 0), 9);
  assert.equal(lowerBound([5, 5, 5, 1], 2, 1), 1 + 10);
  assert.equal(lowerBound([4, 4, 4, 4, 4], 2, 0), 12);
});
