import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SweepIndex } from "../../src/explorer/model.js";
import { csvLine, header } from "../../src/results/columns.js";
import { cellFolder } from "../../src/results/paths.js";
import { writeRunFailure } from "../../src/results/status/run-failure.js";
import { createSweepFile, replaceSweepFile } from "../../src/results/sweep/sweep-file.js";
import { plannedRuns } from "../../src/results/sweep/sweep-folder.js";
import { createSweepWatch } from "../../src/watch/sweep-watch.js";
import { requireWatchable } from "../../src/watch/watched-folder.js";
import { configOf, temporaryFolder } from "../helpers/configs.js";
import { finishRun, rowsOf, smallConfig } from "../helpers/finished-runs.js";

/** A folder in which the sweep of `smallConfig` has begun: two cells of two runs of three steps. */
function begunSweep(folder = temporaryFolder()) {
  mkdirSync(folder, { recursive: true });
  createSweepFile(folder, smallConfig);
  const runs = plannedRuns(folder, smallConfig);
  const partial = join(cellFolder(folder, runs[1] ?? assert.fail()), "run-1.csv.partial");
  return { folder, runs, partial };
}

const watchOf = (...folders: readonly string[]) => createSweepWatch(folders, { normBound: 1000 });

const statesOf = (index: SweepIndex | undefined) =>
  index?.runs.map(({ id, state, rows }) => `${id} ${state} ${rows}`);

test("A watch shows what is done, failed and waiting, and sends only what has changed since", async () => {
  const { folder, runs, partial } = begunSweep();
  const [first = assert.fail(), second = assert.fail(), third = assert.fail()] = runs;
  finishRun(folder, first);
  const watch = watchOf(folder);
  await watch.refresh();
  const index = watch.index() ?? assert.fail();
  assert.deepEqual(statesOf(index), [
    "adam-nobn-t0.5-cce.0 done 3",
    "adam-nobn-t0.5-cce.1 waiting 0",
    "adam-nobn-t0.5-dice.0 waiting 0",
    "adam-nobn-t0.5-dice.1 waiting 0",
  ]);
  assert.match(index.runs[0]?.command ?? "", /^segloss run --optimizer adam/);
  assert.deepEqual(watch.update(index.revision)?.runs, []);
  await watch.refresh();
  assert.equal(watch.update(index.revision)?.revision, index.revision);

  const lines = rowsOf(second).split("\n");
  writeFileSync(partial, `${csvLine(header(second))}${lines[0]}\n${lines[1]?.slice(0, 20)}`);
  writeRunFailure(cellFolder(folder, third), 0, "<b>its worker was killed by SIGKILL</b>");
  await watch.refresh();
  const update = watch.update(index.revision) ?? assert.fail();
  assert.deepEqual(
    update.runs.map(({ id, state, rows, warnings }) => [id, state, rows, warnings]),
    [
      ["adam-nobn-t0.5-cce.1", "waiting", 1, []],
      ["adam-nobn-t0.5-dice.0", "failed", 0, ["<b>its worker was killed by SIGKILL</b>"]],
    ],
  );
  assert.deepEqual(update.progress, { done: 1, running: 0, waiting: 2, failed: 1, isActive: false });

  appendFileSync(partial, `${lines[1]?.slice(20)}\n`);
  await watch.refresh();
  const curves = await watch.readCurves({ run: "adam-nobn-t0.5-cce.1", from: 1, until: 9, width: 1 });
  assert.deepEqual([...(curves?.steps ?? [])], [1]);
  assert.deepEqual(
    watch.update(update.revision)?.runs.map(({ id, rows }) => [id, rows]),
    [["adam-nobn-t0.5-cce.1", 2]],
  );
  rmSync(partial);
  finishRun(folder, second);
  await watch.refresh();
  assert.deepEqual(
    watch.update(update.revision)?.runs.map(({ state, rows }) => [state, rows]),
    [["done", 3]],
  );
});

test("A watch waits for a sweep to begin, and has its page read again when the sweep grows", async () => {
  const folder = join(temporaryFolder(), "later");
  const watch = watchOf(folder);
  await watch.refresh();
  assert.deepEqual([watch.index(), watch.update(0), watch.waitingFor()], [undefined, undefined, [folder]]);
  begunSweep(folder);
  await watch.refresh();
  const { revision } = watch.index() ?? assert.fail();
  assert.deepEqual(watch.waitingFor(), []);
  replaceSweepFile(folder, { ...smallConfig, runs: 3 });
  await watch.refresh();
  assert.equal(watch.update(revision)?.isObsolete, true);
  assert.equal(watch.index()?.runs.length, 6);
});

test("A sweep that is complete has the study's findings, for which its page is read again", async () => {
  const folder = temporaryFolder();
  const config = configOf({ runs: 2, monitor: ["cce"] });
  createSweepFile(folder, config);
  const [first = assert.fail(), second = assert.fail()] = plannedRuns(folder, config);
  finishRun(folder, first);
  const watch = watchOf(folder);
  await watch.refresh();
  const { revision, findings } = watch.index() ?? assert.fail();
  assert.deepEqual(findings, []);
  finishRun(folder, second);
  await watch.refresh();
  assert.equal(watch.update(revision)?.isObsolete, true);
  const judged = watch.index() ?? assert.fail();
  assert.equal(judged.findings.length, 6);
  assert.ok(judged.findings.every(({ number }, index) => number === index + 1));
  await watch.refresh();
  assert.equal(watch.update(judged.revision)?.isObsolete, undefined);
});

test("A folder that vanishes keeps the state that was last seen", async () => {
  const { folder, runs } = begunSweep();
  finishRun(folder, runs[0] ?? assert.fail());
  const watch = watchOf(folder);
  await watch.refresh();
  const before = statesOf(watch.index());
  rmSync(folder, { recursive: true });
  await watch.refresh();
  assert.deepEqual(statesOf(watch.index()), before);
});

test("Sweeps that have the same runs are told apart by their folders", async () => {
  const parent = temporaryFolder();
  const folders = ["one", "other"].map((name) => begunSweep(join(parent, name)).folder);
  const watch = watchOf(...folders);
  await watch.refresh();
  const { title, axes, runs } = watch.index() ?? assert.fail();
  assert.equal(title, "one and other");
  assert.deepEqual(
    axes.at(-1)?.values.map(({ text }) => text),
    ["one", "other"],
  );
  assert.equal(new Set(runs.map(({ id }) => id)).size, 8);
});

test("A folder in which no sweep can begin is refused, with the sweeps that it holds", () => {
  const parent = temporaryFolder();
  requireWatchable(join(parent, "none"));
  requireWatchable(parent);
  begunSweep(join(parent, "one"));
  assert.throws(() => requireWatchable(parent), /holds such folders: .*\/one$/);
  const other = temporaryFolder();
  writeFileSync(join(other, "notes.txt"), "");
  assert.throws(() => requireWatchable(other), /no sweep\.json in it/);
  assert.throws(() => requireWatchable(join(other, "notes.txt")), /not a folder/);
});
