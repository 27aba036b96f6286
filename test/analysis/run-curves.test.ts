import assert from "node:assert/strict";
import { test } from "node:test";
import { createCurves } from "../../src/analysis/run-curves.js";

const steps = Float64Array.from([0, 1, 2, 3, 4, 5, 6]);
const table = {
  steps,
  values: new Map([
    ["cce_loss", Float32Array.from([4, 2, 6, 1, Number.NaN, 3, 5])],
    ["accuracy", Float32Array.from([0.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0.75, Number.NaN])],
  ]),
};

test("Curves hold mean, lowest and highest of intervals, NaN where one value is, and measures in full", () => {
  const curves = createCurves(table, 3);
  assert.deepEqual([...curves.steps], [0, 3, 6]);
  const { mean, low, high } = curves.columns.get("cce_loss") ?? assert.fail();
  assert.deepEqual([...mean], [4, Number.NaN, 5]);
  assert.deepEqual([...low], [2, Number.NaN, 5]);
  assert.deepEqual([...high], [6, Number.NaN, 5]);
  assert.deepEqual([...curves.measuredSteps], [0, 5]);
  assert.deepEqual([...(curves.measures.get("accuracy") ?? [])], [0.5, 0.75]);
});

test("The intervals of a part of the rows are those of all rows", () => {
  const part = createCurves(
    { steps: steps.slice(3), values: new Map([["cce_loss", new Float32Array(4)]]) },
    3,
  );
  assert.deepEqual([...part.steps], [3, 6]);
});
