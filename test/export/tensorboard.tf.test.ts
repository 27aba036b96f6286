import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import type { RunTable } from "../../src/analysis/input/run-table.js";
import { studySmoothing, summarizeRun } from "../../src/analysis/run-summary.js";
import { runFolders, writeEvents } from "../../src/export/tensorboard.js";
import { loadTensorFlow } from "../../src/tensorflow/index.js";
import { readScalars } from "../helpers/event-file.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

before(async () => {
  await loadTensorFlow();
});

const losses = [0.1, -0, 2 ** -149, Number.NaN, Number.POSITIVE_INFINITY, 7];
const table: RunTable = {
  keys: new Map([["trained_loss", "dice"]]),
  steps: Float64Array.from([0, 1, 2, 3, 4, 5]),
  values: new Map([
    ["dice_loss", Float32Array.from(losses)],
    ["dice_grad_norm_conv1", Float32Array.from(losses)],
    ["accuracy", Float32Array.from([Number.NaN, 0.25, Number.NaN, Number.NaN, Number.NaN, 0.75])],
  ]),
};
const rows = { table, run: summarizeRun(table, { path: "run-0.csv" }, studySmoothing) };
const resume = async () => {};

/** Returns the files of a run with the times of their last change. */
function timesOf(folder: string): ReadonlyMap<string, number> {
  return new Map(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mtimeMs]));
}

test("TensorBoard's file has every Nth step, the last step, and accuracies where they were measured", async () => {
  const root = createTemporaryFolder("tensorboard");
  const folder = join(root, "cell", "run-0");
  assert.equal(await writeEvents(rows, { root, folder }, 2, resume), true);
  const scalars = readScalars(join(folder, "events.out.tfevents.0.segloss.v2"));
  const series = (tag: string) =>
    scalars.filter((scalar) => scalar.tag === tag).map(({ step, value }) => [step, value]);
  const expected = [0, 2, 4, 5].map((step) => [step, Math.fround(losses[step] ?? 0)]);
  assert.deepEqual(series("loss/dice"), expected);
  assert.deepEqual(series("grad_norm/dice/conv1"), expected);
  assert.deepEqual(series("accuracy"), [
    [1, 0.25],
    [5, 0.75],
  ]);
  assert.equal(scalars.length, 10);
});

test("The same export again leaves a run's files alone, another one replaces them", async () => {
  const root = createTemporaryFolder("tensorboard");
  const place = { root, folder: join(root, "run-0") };
  await writeEvents(rows, place, 1, resume);
  const written = timesOf(place.folder);
  assert.equal(await writeEvents(rows, place, 1, resume), false);
  assert.deepEqual(timesOf(place.folder), written);
  assert.equal(await writeEvents(rows, place, 5, resume), true);
  assert.deepEqual([...timesOf(place.folder).keys()], [...written.keys()]);
  assert.deepEqual(readdirSync(root), ["run-0"]);
});

test("A stopped export leaves no scalars of the run, and the next one writes them", async () => {
  const root = createTemporaryFolder("tensorboard");
  const place = { root, folder: join(root, "run-0") };
  const stop = async () => {
    throw new Error("stopped");
  };
  await assert.rejects(writeEvents(rows, place, 1, stop), /stopped/);
  assert.deepEqual(readdirSync(root), ["run-0"]);
  assert.deepEqual(readdirSync(place.folder), ["segloss-export.json"]);
  assert.equal(await writeEvents(rows, place, 1, resume), true);
});

test("No link below the folder for TensorBoard is followed", async () => {
  const root = createTemporaryFolder("tensorboard");
  const outside = createTemporaryFolder("outside");
  writeFileSync(join(outside, "precious"), "precious");
  symlinkSync(outside, join(root, "cell"));
  mkdirSync(join(root, "other"));
  symlinkSync(join(outside, "precious"), join(root, "other", "events.out.tfevents.0.segloss.v2"));
  for (const folder of [join(root, "cell", "run-0"), join(root, "cell"), join(root, "other")]) {
    await assert.rejects(writeEvents(rows, { root, folder }, 1, resume), /it is a symbolic link/, folder);
  }
  assert.deepEqual(readdirSync(outside), ["precious"]);
  assert.equal(readFileSync(join(outside, "precious"), "utf8"), "precious");
});

test("Runs have folders of their own, whatever their keys", () => {
  const runs = ["../a", "a", "A", ".."].flatMap((loss) =>
    [0, 1].map((run) => ({ ...rows.run, keys: new Map([["trained_loss", loss]]), run })),
  );
  const folders = [...runFolders(runs).values()];
  assert.deepEqual(folders, [
    ...["a/run-0", "a/run-1", "a-2/run-0", "a-2/run-1"],
    ...["a-3/run-0", "a-3/run-1", "unnamed/run-0", "unnamed/run-1"],
  ]);
});
