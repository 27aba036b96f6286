import assert from "node:assert/strict";
import { test } from "node:test";
import { isKeyColumn, parseMeasuredColumn } from "../../src/analysis/input/columns.js";
import { studySmoothing, summarizeRun } from "../../src/analysis/run-summary.js";
import { parameterKeys } from "../../src/config/parameters.js";
import { keyColumns } from "../../src/results/columns.js";
import { lossNames } from "../../src/study/losses.js";
import { layerNames } from "../../src/study/network/architecture.js";
import { rowLayout } from "../../src/study/row-layout.js";
import { studyCell } from "../../src/study/run.js";
import { createRunSummary } from "../helpers/run-summaries.js";

test("A column's name says what it measures", () => {
  assert.deepEqual(parseMeasuredColumn("dice_square_loss"), {
    column: "dice_square_loss",
    quantity: "loss",
    loss: "dice_square",
    layer: undefined,
  });
  assert.equal(parseMeasuredColumn("cce_grad_norm")?.layer, undefined);
  assert.equal(parseMeasuredColumn("dicefg_square_grad_norm_conv1")?.layer, "conv1");
  assert.equal(parseMeasuredColumn("dicefg_square_grad_norm_conv1")?.loss, "dicefg_square");
  for (const key of ["trained_loss", "loss_epsilon", "step", "accuracy", "run"]) {
    assert.equal(parseMeasuredColumn(key), undefined);
  }
});

test("Every column of a row layout is parsed back into its loss, quantity and layer", () => {
  const source = { cell: { ...studyCell, convLayers: 3 }, monitor: lossNames, perLayer: true };
  const parsed = rowLayout(source).columns.map(parseMeasuredColumn);
  const expected = [
    ...lossNames.map((loss) => ["loss", loss, undefined]),
    ...lossNames.map((loss) => ["norm", loss, undefined]),
    ...lossNames.flatMap((loss) => layerNames(source.cell).map((layer) => ["norm", loss, layer])),
  ];
  assert.deepEqual(
    parsed.map((column) => [column?.quantity, column?.loss, column?.layer]),
    expected,
  );
  assert.equal(keyColumns({ columns: parameterKeys }).every(isKeyColumn), true);
});

test("Accuracies are those of the measured steps, with the digits of the CSV", () => {
  const run = createRunSummary({ accuracy: 0.99 });
  assert.deepEqual([...run.accuracy.steps], [0, 250, 500]);
  assert.deepEqual([...run.accuracy.values], [0.99, 0.99, 0.99]);
  assert.equal(run.finalAccuracy, 0.99);
  assert.deepEqual(run.bestAccuracy, { value: 0.99, step: 0 });
  assert.equal(run.convergedStep, 0);
  assert.equal(createRunSummary({ accuracy: 0.9899999 }).convergedStep, undefined);
});

test("Peaks are those of moving averages, of 201 steps for norms and of 11 for losses", () => {
  const bump = Array.from({ length: 501 }, (_, i) => (i === 300 ? 402 : 1));
  const run = createRunSummary({ columns: { cce_grad_norm: bump, cce_loss: bump } });
  const norm = run.columns.get("cce_grad_norm")?.peak;
  const loss = run.columns.get("cce_loss")?.peak;
  assert.ok(Math.abs((norm?.value ?? Number.NaN) - (1 + 401 / 201)) < 1e-9);
  assert.equal(norm?.step, 200);
  assert.ok(Math.abs((loss?.value ?? Number.NaN) - (1 + 401 / 11)) < 1e-9);
  assert.equal(loss?.step, 295);
});

test("A spike at the last step is not a peak, though the padded curve ends in it", () => {
  const spiked = Array.from({ length: 501 }, (_, i) => (i === 500 ? 3 : i > 200 && i < 400 ? 1.5 : 1));
  const column = createRunSummary({ columns: { cce_grad_norm: spiked } }).columns.get("cce_grad_norm");
  assert.ok((column?.curve.values.at(-1) ?? 0) > 2);
  assert.ok((column?.peak?.value ?? 0) < 1.51);
  assert.ok((column?.peak?.step ?? 0) < 400);
});

test("The early peak is that of the first 1,000 steps", () => {
  const late = Array.from({ length: 1501 }, (_, i) => (i > 1200 ? 9 : i === 500 ? 12 : 1));
  const summary = createRunSummary({ columns: { cce_loss: late }, steps: 1501 }).columns.get("cce_loss");
  assert.ok((summary?.peak?.step ?? 0) > 1200);
  assert.equal(summary?.earlyPeak?.value, 2);
});

test("A mean is over the finite values, and the first step with another is recorded", () => {
  const broken = Array.from({ length: 501 }, (_, i) => (i < 100 ? 2 : Number.NaN));
  const summary = createRunSummary({ columns: { cce_grad_norm: broken } }).columns.get("cce_grad_norm");
  assert.equal(summary?.mean, 2);
  assert.equal(summary?.firstNonFinite, 100);
  assert.ok(Number.isNaN(summary?.final));
});

test("A run without measured accuracy has none", () => {
  const table = {
    keys: new Map([["run", "1"]]),
    steps: Float64Array.of(0),
    values: new Map([["cce_loss", Float32Array.of(1)]]),
  };
  const run = summarizeRun(table, { path: "x" }, studySmoothing);
  assert.equal(run.finalAccuracy, undefined);
  assert.equal(run.convergedStep, undefined);
  assert.equal(run.run, 1);
});
