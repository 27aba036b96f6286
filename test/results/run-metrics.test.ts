import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accuracyMetrics,
  addAccuracy,
  addRows,
  convergedStepColumn,
  emptyMetrics,
  firstRowWithNaN,
} from "../../src/results/run-metrics.js";

test("Of equally good accuracies the first is the best, and the last measured one is final", () => {
  assert.deepEqual(accuracyMetrics([0, 250, 500, 750], [0.5, 0.98, 0.98, 0.97]), {
    finalAccuracy: 0.97,
    bestAccuracy: 0.98,
    bestStep: 250,
    firstStepAt99: undefined,
  });
});

test("A run converges at its first accuracy of at least .99, also as a float32 and if it falls again", () => {
  const { firstStepAt99 } = accuracyMetrics([0, 250, 500], Float32Array.of(0.9899, 0.99, 0.5));
  assert.equal(firstStepAt99, 250);
  assert.equal(convergedStepColumn, "first_step_at_0.99");
});

test("A run without a measured accuracy has no accuracy metrics", () => {
  assert.deepEqual(new Set(Object.values(accuracyMetrics([], []))), new Set([undefined]));
});

test("Chunks of rows leave the losses and norms of the last row and the first step with NaN", () => {
  const recorded = { monitor: ["cce", "dice"], perLayer: false, convLayers: 2 } as const;
  const first = addRows(emptyMetrics, recorded, 0, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  assert.deepEqual(
    [first.finalLosses, first.finalNorms],
    [
      { cce: 5, dice: 6 },
      { cce: 7, dice: 8 },
    ],
  );
  assert.equal(first.firstNaN, undefined);
  const second = addRows(first, recorded, 2, Float32Array.of(1, 2, 3, 4, 1, 2, Number.NaN, 4));
  assert.equal(second.firstNaN, 3);
  const third = addRows(second, recorded, 4, Float32Array.of(Number.NaN, 2, 3, 4));
  assert.deepEqual([third.firstNaN, third.finalLosses.cce], [3, Number.NaN]);
  assert.equal(addAccuracy(third, 4, 0.75).finalAccuracy, 0.75);
});

test("The first row with NaN is found in one column and in rows", () => {
  assert.equal(firstRowWithNaN(Float32Array.of(1, 2, Number.NaN, Number.NaN)), 2);
  assert.equal(firstRowWithNaN(Float32Array.of(1, 2, 3, Number.NaN, 5, 6), 3), 1);
  assert.equal(firstRowWithNaN(Float32Array.of(1, Number.POSITIVE_INFINITY)), undefined);
});
