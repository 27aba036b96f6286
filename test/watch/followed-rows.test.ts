import assert from "node:assert/strict";
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseRunTables } from "../../src/analysis/input/run-table.js";
import { createCurves, type RunCurves } from "../../src/analysis/run-curves.js";
import { csvLine, header } from "../../src/results/columns.js";
import { createFollowedRows, type FollowedRows } from "../../src/watch/followed-rows.js";
import { temporaryFolder } from "../helpers/configs.js";
import { rowsOf, runOf } from "../helpers/finished-runs.js";

const run = runOf({ monitor: ["cce", "dice"], steps: 3001, learningRate: [0.01] });
const text = csvLine(header(run)) + rowsOf(run);
const [table = assert.fail()] = parseRunTables(Buffer.from(text), "rows");

/** Returns a CSV with a part of the run's text, and rows that follow it. The overview has intervals of 31 steps. */
function followedCsv(bytes: number) {
  const path = join(temporaryFolder(), "run-0.csv.partial");
  writeFileSync(path, text.slice(0, bytes));
  const rows = createFollowedRows(run, 1000, 100);
  followAll(rows, path);
  return { path, rows };
}

function followAll(rows: FollowedRows, path: string): void {
  while (rows.follow(path) === "more") {}
}

/** Returns the part of a run's table with steps in [from, until). */
function partOf(from: number, until: number) {
  const values = [...table.values].map(([name, column]) => [name, column.slice(from, until)] as const);
  return { steps: table.steps.slice(from, until), values: new Map(values) };
}

/** Sums of float64 in another order may differ in the last bit of a mean. */
function assertSameCurves(actual: RunCurves, expected: RunCurves): void {
  assert.equal(actual.width, expected.width);
  assert.deepEqual(actual.steps, expected.steps);
  assert.deepEqual(actual.measuredSteps, expected.measuredSteps);
  assert.deepEqual(actual.measures, expected.measures);
  assert.deepEqual([...actual.columns.keys()], [...expected.columns.keys()]);
  for (const [name, { mean, low, high }] of expected.columns) {
    const found = actual.columns.get(name) ?? assert.fail(name);
    assert.deepEqual([found.low, found.high], [low, high], name);
    assert.ok(
      mean.every((value, i) => Math.abs(value - (found.mean[i] ?? Number.NaN)) < 1e-6),
      name,
    );
  }
}

test("Rows of an unfinished run, read in any pieces, are those of its CSV", async () => {
  const { path, rows } = followedCsv(1000);
  for (let bytes = 1000; bytes < text.length; bytes += 40_000) {
    appendFileSync(path, text.slice(bytes, bytes + 40_000));
    followAll(rows, path);
  }
  const { rows: count, lastStep, accuracy, metrics, isForeign } = rows.soFar();
  assert.deepEqual([count, lastStep, isForeign], [3001, 3000, false]);
  assert.deepEqual(accuracy, { steps: [0], values: [0.95] });
  assert.equal(metrics.finalAccuracy, 0.95);
  const overview = await rows.readCurves(path, { from: 0, until: Number.MAX_SAFE_INTEGER, width: 40 });
  assertSameCurves(overview, createCurves(table, 31));
});

test("A range of steps is read from the CSV as finely as asked for", async () => {
  const { path, rows } = followedCsv(text.length);
  const single = await rows.readCurves(path, { from: 1500, until: 1700, width: 1 });
  assertSameCurves(single, createCurves(partOf(1500, 1700), 1));
  // An interval that begins before the range belongs to it.
  const coarse = await rows.readCurves(path, { from: 1501, until: 1700, width: 10 });
  assertSameCurves(coarse, createCurves(partOf(1500, 1700), 10));
  const beyond = await rows.readCurves(path, { from: 5000, until: 6000, width: 1 });
  assert.equal(beyond.steps.length, 0);
  const gone = await rows.readCurves(`${path}.gone`, { from: 10, until: 20, width: 1 });
  assert.equal(gone.steps.length, 0);
});

test("Rows that were cut off no longer count", () => {
  const { path, rows } = followedCsv(text.length);
  truncateSync(path, text.indexOf("\n", 50_000) + 1);
  followAll(rows, path);
  const expected = readFileSync(path, "utf8").split("\n").length - 2;
  assert.equal(rows.soFar().rows, expected);
  appendFileSync(path, text.slice(text.indexOf("\n", 50_000) + 1));
  followAll(rows, path);
  assert.equal(rows.soFar().rows, 3001);
});

test("A line that is no row of the run ends the reading of its file, but not of the one that replaces it", () => {
  const rest = text.slice(text.indexOf("\n", 5000) + 1);
  const lines = [
    "sgd,false,0.5,cce,0,0.01,1,1,1,1,1,",
    "<script>alert(1)</script>",
    rest.split("\n")[0] ?? "",
  ];
  for (const line of lines) {
    const { path, rows } = followedCsv(text.length);
    appendFileSync(path, `${line}\n`);
    followAll(rows, path);
    assert.deepEqual([rows.soFar().isForeign, rows.soFar().rows], [true, 3001], line);
    truncateSync(path, 0);
    writeFileSync(path, text.slice(0, text.indexOf("\n", 5000) + 1));
    followAll(rows, path);
    assert.equal(rows.soFar().isForeign, false);
  }
});
