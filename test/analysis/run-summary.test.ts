import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMeasuredColumn } from "../../src/analysis/input/columns.js";
import { studySmoothing, summarizeRun } from "../../src/analysis/run-summary.js";
import { createRunSummary } from "../helpers/run-summaries.js";

test("a column's name tells what it measures", () => {
  assert.deepEqual(parseMeasuredColumn("dice_square_loss"), {
    column: "dice_square_loss",
    quantity: "loss",
    loss: "dice_square",
    layer: null,
  });
  assert.equal(parseMeasuredColumn("cce_grad_norm")?.layer, null);
  assert.equal(parseMeasuredColumn("dicefg_square_grad_norm_conv1")?.layer, "conv1");
  assert.equal(parseMeasuredColumn("dicefg_square_grad_norm_conv1")?.loss, "dicefg_square");
  for (const key of ["trained_loss", "loss_epsilon", "step", "accuracy", "run"]) {
    assert.equal(parseMeasuredColumn(key), null);
  }
});

test("accuracies are those of the measured steps, as they stand in the CSV", () => {
  const run = createRunSummary({ accuracy: 0.99 });
  assert.deepEqual([...run.accuracy.steps], [0, 250, 500]);
  assert.deepEqual([...run.accuracy.values], [0.99, 0.99, 0.99]);
  assert.equal(run.finalAccuracy, 0.99);
  assert.deepEqual(run.bestAccuracy, { value: 0.99, step: 0 });
  assert.equal(run.convergedStep, 0);
  assert.equal(createRunSummary({ accuracy: 0.9899999 }).convergedStep, null);
});

test("peaks are those of the moving average, for the norms of 201 steps and for the losses of 11", () => {
  const bump = Array.from({ length: 501 }, (_, i) => (i === 300 ? 402 : 1));
  const run = createRunSummary({ columns: { cce_grad_norm: bump, cce_loss: bump } });
  const norm = run.columns.get("cce_grad_norm")?.peak;
  const loss = run.columns.get("cce_loss")?.peak;
  assert.ok(Math.abs((norm?.value ?? Number.NaN) - (1 + 401 / 201)) < 1e-9);
  assert.equal(norm?.step, 200);
  assert.ok(Math.abs((loss?.value ?? Number.NaN) - (1 + 401 / 11)) < 1e-9);
  assert.equal(loss?.step, 295);
});

test("the early peak looks at the first 1,000 steps alone", () => {
  const late = Array.from({ length: 1501 }, (_, i) => (i > 1200 ? 9 : i === 500 ? 12 : 1));
  const trace = createRunSummary({ columns: { cce_loss: late }, steps: 1501 }).columns.get("cce_loss");
  assert.ok((trace?.peak?.step ?? 0) > 1200);
  assert.equal(trace?.earlyPeak?.value, 2);
});

test("a mean takes the finite values, and the first that is not is told", () => {
  const broken = Array.from({ length: 501 }, (_, i) => (i < 100 ? 2 : Number.NaN));
  const trace = createRunSummary({ columns: { cce_grad_norm: broken } }).columns.get("cce_grad_norm");
  assert.equal(trace?.mean, 2);
  assert.equal(trace?.firstNonFinite, 100);
  assert.ok(Number.isNaN(trace?.final));
});

test("a run without measured accuracy has none", () => {
  const table = {
    keys: new Map([["run", "1"]]),
    steps: Float64Array.of(0),
    values: new Map([["cce_loss", Float32Array.of(1)]]),
  };
  const run = summarizeRun(table, "x", studySmoothing);
  assert.equal(run.finalAccuracy, null);
  assert.equal(run.convergedStep, null);
  assert.equal(run.run, 1);
});
