import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { axesOf, pairedAxes, varyingAxes } from "../../../src/analysis/axes.js";
import { describeLeftOut, findRuns } from "../../../src/analysis/input/find-runs.js";
import { type RunCollection, readRuns } from "../../../src/analysis/input/read-runs.js";
import { pairedDifferencesOverall } from "../../../src/analysis/paired-differences.js";
import { studySmoothing } from "../../../src/analysis/run-summary.js";
import { selectRuns } from "../../../src/analysis/selection.js";
import { gridRuns } from "../../../src/config/grid.js";
import { exitCode, SeglossError } from "../../../src/errors.js";
import { cellFolder, csvFileName, partialName, recordFileName } from "../../../src/results/paths.js";
import { createSweepFile } from "../../../src/results/sweep/sweep-file.js";
import { configOf } from "../../helpers/configs.js";
import { finishRun, smallConfig } from "../../helpers/finished-runs.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

/** Writes a finished sweep into a new folder. */
function writeFinished(config = smallConfig, name = "sweep"): string {
  const folder = join(createTemporaryFolder("read-runs"), name);
  mkdirSync(folder);
  const runs = gridRuns(config);
  for (const run of runs) {
    finishRun(folder, run);
  }
  createSweepFile(folder, config);
  return folder;
}

/** Returns the path of a file of the sweep's run of this number in the grid. */
function fileOf(folder: string, index: number, nameOf: (repetition: number) => string): string {
  const run = gridRuns(smallConfig)[index];
  assert.ok(run);
  return join(cellFolder(folder, run), nameOf(run.repetition));
}

function read(inputs: readonly string[], verify = false): Promise<RunCollection> {
  return readRuns(findRuns(inputs, { verify }), studySmoothing, () => undefined);
}

const kinds = ({ leftOut }: RunCollection) => leftOut.map(({ kind }) => kind).toSorted();

/** Sets a file's times, in seconds. */
const touch = (path: string, time: number) => utimesSync(path, time, time);

/** Changes one digit of a CSV and keeps its size. */
function corrupt(path: string): void {
  const text = readFileSync(path, "utf8");
  const last = text.search(/\d(?=\D*$)/);
  writeFileSync(path, `${text.slice(0, last)}${text[last] === "1" ? 2 : 1}${text.slice(last + 1)}`);
}

test("All runs of an intact sweep are read, with their records", async () => {
  const { runs, leftOut, planned } = await read([writeFinished()]);
  assert.deepEqual([runs.length, leftOut.length, planned?.length], [4, 0, 4]);
  assert.deepEqual(runs[0]?.cell, gridRuns(smallConfig)[0]?.cell);
});

test("A CSV that was cut off is left out by its size", async () => {
  const folder = writeFinished();
  truncateSync(fileOf(folder, 1, csvFileName), 60);
  const collection = await read([folder]);
  assert.equal(collection.runs.length, 3);
  assert.match(
    describeLeftOut(collection.leftOut).join("\n"),
    /^left out: 1 damaged\n .*run-1\.csv has 60 bytes/,
  );
});

test("A CSV without a record is left out, an unfinished one and one not started too", async () => {
  const folder = writeFinished();
  rmSync(fileOf(folder, 0, recordFileName));
  renameSync(
    fileOf(folder, 1, csvFileName),
    fileOf(folder, 1, (repetition) => partialName(csvFileName(repetition))),
  );
  rmSync(fileOf(folder, 1, recordFileName));
  rmSync(fileOf(folder, 2, recordFileName));
  rmSync(fileOf(folder, 2, csvFileName));
  const collection = await read([folder]);
  assert.deepEqual(kinds(collection), ["not started", "unfinished", "unrecorded"]);
  assert.deepEqual([collection.runs.length, collection.planned?.length], [1, 4]);
});

test("A changed CSV of the same size is left out if it is newer than its record, or on demand", async () => {
  const folder = writeFinished();
  const csv = fileOf(folder, 0, csvFileName);
  corrupt(csv);
  const record = fileOf(folder, 0, recordFileName);
  touch(record, 1_000);
  touch(csv, 2_000);
  assert.deepEqual(kinds(await read([folder])), ["damaged"]);
  touch(csv, 500);
  assert.deepEqual(kinds(await read([folder])), []);
  assert.deepEqual(kinds(await read([folder], true)), ["damaged"]);
});

test("A CSV of another sweep in the folder is left out", async () => {
  const folder = writeFinished();
  finishRun(folder, { ...(gridRuns(smallConfig)[0] ?? assert.fail()), repetition: 7 });
  const collection = await read([folder]);
  assert.equal(collection.runs.length, 4);
  assert.match(collection.leftOut[0]?.reason ?? "", /run-7\.csv is not in the sweep's grid/);
});

test("The records decide without sweep.json too, and then nothing is known of runs to come", async () => {
  const folder = writeFinished();
  rmSync(join(folder, "sweep.json"));
  truncateSync(fileOf(folder, 0, csvFileName), 60);
  const collection = await read([folder]);
  assert.deepEqual([collection.runs.length, collection.planned], [3, undefined]);
  assert.deepEqual(kinds(collection), ["damaged"]);
});

test("A folder without any record is a place with CSVs, all of which are read", async () => {
  const folder = createTemporaryFolder("loose");
  cpSync(fileOf(writeFinished(), 0, csvFileName), join(folder, "run-0.csv"));
  assert.equal((await read([folder])).runs.length, 1);
});

test("A sweep without a finished run is refused, and the message says what there is", () => {
  const folder = createTemporaryFolder("unfinished");
  createSweepFile(folder, smallConfig);
  assert.throws(
    () => findRuns([folder], { verify: false }),
    (error) =>
      error instanceof SeglossError &&
      error.exitCode === exitCode.usage &&
      /no finished run; \S+run-0 is not started; .*, and 1 more$/.test(error.message),
  );
});

test("--only selects from the grid and from what is left out, as from the finished runs", async () => {
  const folder = writeFinished();
  rmSync(fileOf(folder, 0, recordFileName));
  const collection = await read([folder]);
  const dice = selectRuns(collection, ["loss=dice"]);
  assert.deepEqual([dice.runs.length, dice.planned?.length, dice.leftOut.length], [2, 2, 0]);
  const cce = selectRuns(collection, ["loss=cce"]);
  assert.deepEqual([cce.runs.length, cce.planned?.length, cce.leftOut.length], [1, 2, 1]);
});

test("An axis that one of two sweeps does not vary has that sweep's value from the records", async () => {
  const one = writeFinished(configOf({ learningRate: [0.001, 0.01], runs: 1, steps: 3 }), "one");
  const other = writeFinished(configOf({ filters: 8, learningRate: 0.1, runs: 1, steps: 3 }), "other");
  const { runs, planned } = await read([one, other]);
  assert.equal(planned?.length, 3);
  assert.deepEqual(
    varyingAxes(axesOf(runs)).map(({ key, values }) => [key, values]),
    [
      ["filters", ["4", "8"]],
      ["learning_rate", ["0.001", "0.01", "0.1"]],
    ],
  );
});

test("Sweeps of different seeds are compared by seed, and their runs are never paired with each other", async () => {
  const sweep = (seed: number) =>
    writeFinished(configOf({ batchNorm: [false, true], seed, runs: 2, steps: 3 }), `seed-${seed}`);
  const { runs } = await read([sweep(1), sweep(2)]);
  assert.deepEqual(
    varyingAxes(axesOf(runs)).map(({ key, numeric }) => [key, numeric]),
    [
      ["batch_norm", false],
      ["seed", false],
    ],
  );
  const [axis, ...rest] = pairedAxes(runs);
  assert.ok(axis);
  assert.equal(rest.length, 0);
  assert.equal(pairedDifferencesOverall(runs, axis)[0]?.accuracy?.runs, 4);
});

test("The same runs in two sweeps are distinguished by the sweep", async () => {
  const { runs } = await read([writeFinished(smallConfig, "before"), writeFinished(smallConfig, "after")]);
  assert.equal(runs.length, 8);
  assert.deepEqual(
    varyingAxes(axesOf(runs)).map(({ key, values }) => [key, values]),
    [
      ["trained_loss", ["cce", "dice"]],
      ["sweep", ["after", "before"]],
    ],
  );
});

test("Two copies of a CSV without records are refused", async () => {
  const csv = fileOf(writeFinished(), 0, csvFileName);
  const folder = createTemporaryFolder("copies");
  const copies = ["a.csv", "b.csv"].map((name) => join(folder, name));
  for (const copy of copies) {
    cpSync(csv, copy);
  }
  await assert.rejects(read(copies), /hold the same run by their key columns, and have no records/);
});
