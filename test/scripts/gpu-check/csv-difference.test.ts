import assert from "node:assert/strict";
import { test } from "node:test";
import { csvDifference } from "../../../scripts/gpu-check/csv-difference.js";

const header = "trained_loss,step,cce_loss,cce_grad_norm,accuracy\n";
const reference = `${header}cce,0,1,2,0.5\ncce,1,0.5,4,\n`;

test("The largest relative difference of losses and norms, and the largest of accuracies, is found", () => {
  assert.deepEqual(csvDifference(`${header}cce,0,1,2,0.75\ncce,1,0.75,3,\n`, reference), {
    losses: 0.5,
    norms: 0.25,
    accuracy: 0.25,
  });
});

test("NaN differs from every number", () => {
  assert.equal(csvDifference(`${header}cce,0,NaN,2,0.5\ncce,1,0.5,4,\n`, reference).losses, Number.NaN);
});

test("CSVs with different numbers of rows are refused", () => {
  assert.throws(() => csvDifference(`${header}cce,0,1,2,0.5\n`, reference), /1 steps, the other 2/);
});
