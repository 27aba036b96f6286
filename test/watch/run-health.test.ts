import assert from "node:assert/strict";
import { test } from "node:test";
import { createFaultFinder, describeFaults, isAtMajority, noFaults } from "../../src/watch/run-health.js";
import { runOf } from "../helpers/finished-runs.js";

const run = runOf({ monitor: ["cce", "dice"], threshold: 0.95, validationImages: 100, imageSize: 32 });

/** Returns the faults of rows: cce_loss, dice_loss, cce_grad_norm, dice_grad_norm. */
const faultsOf = (rows: readonly (readonly number[])[]) =>
  rows.reduce((faults, row, step) => createFaultFinder(run, 100)(faults, step, row), noFaults);

test("Rows within bounds are no fault", () => {
  const faults = faultsOf([
    [500, 1, 99, 1],
    [1, 1, 1, 100],
  ]);
  assert.equal(faults, noFaults);
  assert.deepEqual(describeFaults(run, faults, [0.5, 0.99, 0.999]), []);
});

test("The first NaN or infinity is named with its column and step", () => {
  const nan = faultsOf([
    [1, 1, 1, 1],
    [1, Number.NaN, 1, 1],
    [Number.NaN, 1, 1, 1],
  ]);
  assert.deepEqual(describeFaults(run, nan, []), ["NaN in dice_loss from step 1"]);
  const infinite = faultsOf([[Number.POSITIVE_INFINITY, 1, 1, 1]]);
  assert.deepEqual(describeFaults(run, infinite, []), ["Infinity in cce_loss from step 0"]);
});

test("A norm past the bound is described by its largest value, and the step from which it was past it", () => {
  const faults = faultsOf([
    [1, 1, 101, 1],
    [1, 1, 5, 3456],
    [1, 1, 200, 1],
  ]);
  assert.deepEqual(describeFaults(run, faults, []), [
    "dice_grad_norm up to 3,460 at step 1, past the bound since step 0",
  ]);
  assert.deepEqual(describeFaults(run, faultsOf([[1, 1, 2.5e7, 1]]), []), [
    "cce_grad_norm up to 2.5e+7 at step 0",
  ]);
});

test("Three accuracies near the larger class are at the majority class; fewer, or one apart from it, are not", () => {
  assert.equal(isAtMajority(run, [0.2, 0.9499, 0.9503, 0.951]), true);
  assert.equal(isAtMajority(run, [0.95, 0.95]), false);
  assert.equal(isAtMajority(run, [0.95, 0.95, 0.954]), false);
  assert.equal(isAtMajority(run, [0.95, 0.95, 0.95, 0.99]), false);
  const rare = { cell: { ...run.cell, threshold: 0.05 } };
  assert.equal(isAtMajority(rare, [0.95, 0.95, 0.95]), true);
  assert.deepEqual(describeFaults(run, noFaults, [0.95, 0.95, 0.9499]), [
    "at the majority class: accuracy 0.9499",
  ]);
});
