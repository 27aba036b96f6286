import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gridRuns } from "../../../src/config/grid.js";
import { canonicalJson, sha256Hex } from "../../../src/config/hash.js";
import { SeglossError } from "../../../src/errors.js";
import { createRunCsv } from "../../../src/results/csv-writer.js";
import { thisProcess } from "../../../src/results/fs/process-identity.js";
import { formatLock } from "../../../src/results/lock/lock-file.js";
import { cellFolder } from "../../../src/results/paths.js";
import { readSweepStatus } from "../../../src/results/status/read-status.js";
import {
  readRunFailure,
  removeRunFailure,
  writeRunFailure,
} from "../../../src/results/status/run-failure.js";
import { writeDivision } from "../../../src/results/sweep/division.js";
import { divisionId, partitionRuns } from "../../../src/results/sweep/partition.js";
import { createSweepFile } from "../../../src/results/sweep/sweep-file.js";
import type { Run } from "../../../src/study/run.js";
import { temporaryFolder } from "../../helpers/configs.js";
import { finishRun, rowsOf, smallConfig } from "../../helpers/finished-runs.js";

const runs = gridRuns(smallConfig);
const [first, second, third, fourth] = runs as unknown as readonly [Run, Run, Run, Run];

function sweepFolder(): string {
  const folder = temporaryFolder();
  createSweepFile(folder, smallConfig);
  return folder;
}

/** Writes the first rows of a run, as a worker does. */
function beginRun(folder: string, run: Run, rows: number): string {
  const cell = cellFolder(folder, run);
  createRunCsv(cell, run).append(`${rowsOf(run).split("\n").slice(0, rows).join("\n")}\n`);
  return join(cell, `run-${run.repetition}.csv.partial`);
}

async function statesIn(folder: string): Promise<readonly string[]> {
  return (await readSweepStatus(folder)).runs.map(({ state }) => state);
}

test("The status of a sweep is read from the files of its runs, and nothing is written", async () => {
  const folder = sweepFolder();
  finishRun(folder, first);
  const partial = beginRun(folder, second, 2);
  appendFileSync(partial, "adam,false,0.5,cc");
  writeRunFailure(cellFolder(folder, third), 0, "no\nfile");
  writeFileSync(
    join(folder, "sweep.lock"),
    formatLock({ ...thisProcess(), since: "2000-01-01T00:00:00.000Z" }),
  );
  const before = readdirSync(folder, { recursive: true });
  const { runs: found, owners, total, hasWholeSummary } = await readSweepStatus(folder);
  assert.deepEqual(
    found.map(({ state, owner }) => [state, owner?.lock]),
    ["complete", "running", "failed", "missing"].map((state) => [state, "sweep.lock"]),
  );
  assert.deepEqual(
    [found[1]?.state === "running" && found[1].steps, found[1]?.name],
    [2, "adam-nobn-t0.5-cce/run-1"],
  );
  assert.equal(found[2]?.state === "failed" && found[2].failure.message, "no\nfile");
  assert.deepEqual(
    [owners[0]?.pid, owners[0]?.state, total.runs, hasWholeSummary],
    [process.pid, "working", 4, false],
  );
  assert.deepEqual(readdirSync(folder, { recursive: true }), before);
});

test("Shards are those of the last division, as long as the sweep has not grown", async () => {
  const folder = sweepFolder();
  const only = ["loss=cce"];
  const divided = partitionRuns([first, second], 2, "cpu");
  const id = divisionId(divided, "cpu");
  writeDivision(folder, { count: 2, device: "cpu", only, id });
  const content = { ...thisProcess(), division: id, since: new Date().toISOString(), job: "slurm 12_2" };
  writeFileSync(join(folder, "sweep.2-of-2.lock"), formatLock(content));
  const status = await readSweepStatus(folder);
  assert.deepEqual(
    status.shards.map(({ part, runs: count, owner }) => [part.index, count, owner?.job]),
    [
      [1, 1, undefined],
      [2, 1, "slurm 12_2"],
    ],
  );
  assert.deepEqual(
    status.runs.map(({ shard, owner }) => [shard?.index, owner?.part?.index]),
    runs.map((run) => {
      const index = divided.findIndex((shard) => shard.runs.includes(run)) + 1;
      return index === 0 ? [undefined, undefined] : [index, index === 2 ? 2 : undefined];
    }),
  );
  writeDivision(folder, { count: 2, device: "cpu", only: [], id });
  assert.deepEqual((await readSweepStatus(folder)).shards, []);
});

test("A whole sweep with --only has only the runs that it selects", async () => {
  const folder = sweepFolder();
  writeFileSync(join(folder, "sweep.lock"), formatLock({ ...thisProcess(), only: ["loss=dice"] }));
  const { runs: found } = await readSweepStatus(folder);
  assert.deepEqual(
    found.map(({ owner }) => owner !== undefined),
    [false, false, true, true],
  );
});

test("A record of version 0.1, without processor, job and noise stream, is a complete run", async () => {
  const folder = sweepFolder();
  finishRun(folder, first);
  const file = join(cellFolder(folder, first), "run-0.json");
  const { checksum: _, ...record } = JSON.parse(readFileSync(file, "utf8"));
  const { processor: __, job: ___, ...environment } = record.environment;
  const { noise: ____, ...seeds } = record.seeds;
  const old = { ...record, environment, seeds };
  writeFileSync(file, JSON.stringify({ ...old, checksum: sha256Hex(canonicalJson(old)) }));
  finishRun(folder, second);
  const status = await readSweepStatus(folder);
  const [found] = status.runs;
  assert.equal(found?.state, "complete");
  assert.deepEqual(found.complete.environment.processor, undefined);
  assert.deepEqual([found.complete.job, status.mixes], [undefined, []]);
});

test("Damage of any kind is named, and files that cannot be read are no reason to fail", async () => {
  const folder = sweepFolder();
  finishRun(folder, first);
  writeFileSync(join(cellFolder(folder, first), "run-0.csv"), "");
  mkdirSync(join(cellFolder(folder, second), "run-1.csv.partial"));
  mkdirSync(join(cellFolder(folder, second), "run-1.failure"));
  writeFileSync(join(folder, "sweep.lock"), "");
  writeFileSync(join(folder, "shards.json"), "{");
  rmSync(cellFolder(folder, third), { recursive: true, force: true });
  writeFileSync(cellFolder(folder, third), "");
  const status = await readSweepStatus(folder);
  assert.deepEqual(
    status.runs.map(({ state }) => state),
    ["damaged", "missing", "missing", "missing"],
  );
  const [damaged] = status.runs;
  assert.match(damaged?.state === "damaged" ? damaged.reason : "", /run-0\.csv has 0 bytes, not the/);
  assert.deepEqual([status.owners, status.shards], [[], []]);
});

test("Rows that are older than the lock are those of an interrupted run, and of no use without a checkpoint", async () => {
  const folder = sweepFolder();
  for (const run of [first, fourth]) {
    utimesSync(beginRun(folder, run, 1), 1000, 1000);
  }
  writeFileSync(join(cellFolder(folder, fourth), "run-1.checkpoint"), "");
  writeFileSync(
    join(folder, "sweep.lock"),
    formatLock({ ...thisProcess(), since: new Date().toISOString() }),
  );
  assert.deepEqual(await statesIn(folder), ["missing", "missing", "missing", "interrupted"]);
});

test("Only the folder of a sweep has a status", async () => {
  const cases: readonly (readonly [folder: string, message: RegExp])[] = [
    [temporaryFolder(), /: no sweep\.json in it; expected the folder of a sweep$/],
    [join(temporaryFolder(), "none"), /: no sweep\.json in it; expected/],
  ];
  for (const [folder, message] of cases) {
    await assert.rejects(
      readSweepStatus(folder),
      (error) => error instanceof SeglossError && error.exitCode === 2 && message.test(error.message),
    );
  }
});

test("The failure of a run is read as it was written, until it is removed", () => {
  const folder = join(temporaryFolder(), "cell");
  assert.equal(readRunFailure(folder, 1), undefined);
  writeRunFailure(folder, 1, "a message");
  const { message, pid, host, job } = readRunFailure(folder, 1) ?? assert.fail();
  assert.deepEqual([message, pid, host, job], ["a message", process.pid, thisProcess().host, undefined]);
  removeRunFailure(folder, 1);
  removeRunFailure(folder, 1);
  assert.equal(readRunFailure(folder, 1), undefined);
});
