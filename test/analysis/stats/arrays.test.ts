import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestIndex } from "../../../src/analysis/stats/arrays.js";

test("The nearest index is that of the nearest step", () => {
  const steps = [0, 10, 20];
  assert.deepEqual(
    [-5, 4, 6, 20, 99].map((step) => nearestIndex(steps, step)),
    [0, 0, 1, 2, 2],
  );
  assert.equal(nearestIndex([], 3), -1);
});
