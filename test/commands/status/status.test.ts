import assert from "node:assert/strict";
import { test } from "node:test";
import { formatStatus } from "../../../src/commands/status/format-status.js";
import { statusJson } from "../../../src/commands/status/status-json.js";
import { mixWarnings, nextCommands } from "../../../src/commands/status/status-messages.js";
import { gridRuns } from "../../../src/config/grid.js";
import type { FolderFacts, LockFiles, RunFiles } from "../../../src/results/status/folder-facts.js";
import { summarizeSweep } from "../../../src/results/status/sweep-status.js";
import { partitionRuns } from "../../../src/results/sweep/partition.js";
import type { Run } from "../../../src/study/run.js";
import { configOf } from "../../helpers/configs.js";
import { usualEnvironment } from "../../helpers/finished-runs.js";
import { factsOf } from "../../helpers/folder-facts.js";

const config = configOf({ loss: ["cce", "dice"], runs: 50, steps: 100 });
const runs = gridRuns(config);
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000);
const finished = { started: at(0), finished: at(1), seconds: 1, finalAccuracy: 0.95 };
const complete: RunFiles = {
  complete: { environment: usualEnvironment, job: "slurm 1_2", ...finished },
  hasCheckpoint: false,
};

const lock: LockFiles = {
  lock: "sweep.lock",
  part: undefined,
  pid: 7,
  host: "node\u001b1",
  job: undefined,
  since: at(0),
  touched: at(90),
  beats: 15,
  isRunning: undefined,
  runs: new Set(runs),
};

function statusOf(changes: Partial<FolderFacts>) {
  return summarizeSweep(factsOf(config, { runs, readAt: at(100), ...changes }));
}

function divided(count: number, device: "cpu" | "gpu" = "cpu", only: readonly string[] = []) {
  return { division: { count, device, only, id: "" }, shards: partitionRuns(runs, count, "cpu") };
}

const allComplete = new Map(runs.map((run) => [run, complete]));

test("The table of a status names the process of a sweep and what is known of it", () => {
  const rows: readonly (readonly [changes: Partial<LockFiles>, expected: RegExp])[] = [
    [{}, /\nwhole sweep: process 7 on node\\u001b1, last sign of life 0:10 ago\n/],
    [{ touched: at(0) }, /: process 7 on \S+, perhaps dead: last sign of life 1:40 ago\n/],
    [{ isRunning: false }, /: process 7 on \S+, has ended without removing its lock\n/],
    [{ job: "slurm 1_2" }, /: process 7 on \S+, slurm 1_2, last sign/],
  ];
  for (const [changes, expected] of rows) {
    assert.match(formatStatus(statusOf({ locks: [{ ...lock, ...changes }] })), expected);
  }
});

test("Of many shards the table has the incomplete ones, and says how many it leaves out", () => {
  const { division, shards } = divided(60);
  const files = new Map(shards.slice(0, 10).flatMap((shard) => shard.runs.map((run) => [run, complete])));
  const lines = formatStatus(statusOf({ files, divided: { division, shards } })).split("\n");
  assert.deepEqual(
    lines.filter((line) => line.includes(" of 60 ")).map((line) => Number(line.split(" ")[0])),
    Array.from({ length: 40 }, (_, index) => index + 11),
  );
  assert.ok(lines.includes("20 shards not listed, 10 of them complete; --json lists all"));
});

test("What to type next follows from what no process is going to train", () => {
  const half = divided(2);
  const first = new Map((half.shards[0]?.runs ?? []).map((run) => [run, complete]));
  const working = { ...lock, lock: "sweep.1-of-2.lock", part: { index: 1, count: 2 } };
  const failure = { message: "m", failed: at(5), host: "h", pid: 1, job: undefined };
  const failed = new Map([[runs[0] as Run, { failure, hasCheckpoint: false }]]);
  const rows: readonly (readonly [name: string, facts: Partial<FolderFacts>, expected: RegExp])[] = [
    ["nothing trained", {}, /^To train what is left: .*segloss sweep out$/],
    ["being trained", { locks: [lock] }, /^$/],
    ["failed", { locks: [lock], files: failed }, /^Failed runs are trained again by the next sweep\.$/],
    [
      "a dead sweep",
      { locks: [{ ...lock, isRunning: false }] },
      /^To train what is left: .*segloss sweep out$/,
    ],
    ["complete", { files: allComplete, summaryRows: 100 }, /^$/],
    ["complete without summary", { files: allComplete }, /^To write the summary: .*segloss merge out$/],
    ["complete with a process at work", { files: allComplete, locks: [lock] }, /^$/],
    [
      "one shard left",
      { files: first, divided: half },
      /^To train .*\n {2}.*segloss sweep out --shard 2\/2$/,
    ],
    [
      "one shard at work",
      { divided: half, locks: [working] },
      /^To train .*\n {2}.*segloss sweep out --shard 2\/2$/,
    ],
    [
      "a submitted shard",
      { files: first, divided: half, isSubmitted: true },
      /^To submit the shards .*: .*segloss submit out, with the flags that it had$/,
    ],
    [
      "a division with flags",
      { files: first, divided: divided(2, "gpu", ["threshold<0.9"]) },
      /sweep out --only 'threshold<0\.9' --device gpu --shard 2\/2$/,
    ],
  ];
  for (const [name, facts, expected] of rows) {
    assert.match(nextCommands(statusOf(facts)).join("\n"), expected, name);
  }
});

test("Shards of a part of the sweep do not hide what they leave out", () => {
  const shards = partitionRuns(runs.slice(0, 50), 2, "cpu");
  const files = new Map((shards[0]?.runs ?? []).map((run) => [run, complete]));
  const part = { division: { count: 2, device: "cpu", only: ["loss=cce"], id: "" } as const, shards };
  assert.match(
    nextCommands(statusOf({ files, divided: part })).join("\n"),
    /^To train what is left: .*sweep out$/,
  );
});

test("The JSON of a status has an environment once, and a shard as it is typed", () => {
  const [first, second] = runs as unknown as readonly [Run, Run];
  const files = new Map([
    [first, complete],
    [second, complete],
  ]);
  const json = JSON.parse(
    JSON.stringify(statusJson(statusOf({ files, locks: [lock], divided: divided(2) }))),
  );
  assert.equal(json.environments.length, 1);
  assert.deepEqual(
    json.runs
      .slice(0, 3)
      .map((run: Record<string, unknown>) => [run.state, run.environment, run.job, run.lock]),
    [
      ["complete", 0, "slurm 1_2", "sweep.lock"],
      ["complete", 0, "slurm 1_2", "sweep.lock"],
      ["missing", undefined, undefined, "sweep.lock"],
    ],
  );
  assert.deepEqual(
    json.shards.map(({ shard, runs: count }: Record<string, unknown>) => [shard, count]),
    [
      ["1/2", 50],
      ["2/2", 50],
    ],
  );
  assert.deepEqual(
    [json.isComplete, json.total.counts.complete, json.readAt],
    [false, 2, at(100).toISOString()],
  );
});

test("A warning of a mix names the runs of all but the most frequent value", () => {
  const values = [
    { value: "A", runs: ["a/run-0", "a/run-1", "a/run-2", "a/run-3", "a/run-4"] },
    { value: "B", runs: ["b/run-0", "b/run-1", "b/run-2", "b/run-3"] },
  ];
  assert.deepEqual(mixWarnings([{ property: "processor", values }]), [
    "the runs differ in processor: 5 runs with A; 4 runs with B (b/run-0, b/run-1, b/run-2, and 1 more)",
  ]);
});
