import assert from "node:assert/strict";
import { test } from "node:test";
import { findPeak, firstNonFiniteStep, firstStepReaching } from "../../../src/analysis/stats/peak.js";

const steps = [0, 250, 500, 750];

test("A peak is the first highest value, with its step", () => {
  assert.deepEqual(findPeak(steps, [1, 3, 2, 3]), { value: 3, step: 250 });
});

test("A peak up to a step includes that step and ignores later ones", () => {
  assert.deepEqual(findPeak(steps, [1, 2, 3, 9], 500), { value: 3, step: 500 });
});

test("A value that is not finite is never the peak", () => {
  assert.deepEqual(findPeak(steps, [Number.NaN, Number.POSITIVE_INFINITY, -2, -3]), { value: -2, step: 500 });
  assert.equal(findPeak(steps, [Number.NaN, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY]), undefined);
});

test("The first step at a level includes the level itself", () => {
  assert.equal(firstStepReaching(steps, [0.5, 0.9899, 0.99, 0.98], 0.99), 500);
  assert.equal(firstStepReaching(steps, [0.5, 0.9, Number.NaN, 0.9899], 0.99), undefined);
});

test("The first non-finite step is that of the first NaN or infinity", () => {
  assert.equal(firstNonFiniteStep(steps, [1, 2, Number.NEGATIVE_INFINITY, Number.NaN]), 500);
  assert.equal(firstNonFiniteStep(steps, [1, 2, 3, 4]), undefined);
});
