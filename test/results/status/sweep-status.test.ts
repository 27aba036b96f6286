import assert from "node:assert/strict";
import { test } from "node:test";
import { gridRuns } from "../../../src/config/grid.js";
import type {
  CompleteRun,
  DividedSweep,
  FolderFacts,
  LockFiles,
  RunFiles,
} from "../../../src/results/status/folder-facts.js";
import type { RunStage } from "../../../src/results/status/run-stage.js";
import { summarizeSweep } from "../../../src/results/status/sweep-status.js";
import { partitionRuns } from "../../../src/results/sweep/partition.js";
import type { Run } from "../../../src/study/run.js";
import { configOf } from "../../helpers/configs.js";
import { usualEnvironment } from "../../helpers/finished-runs.js";
import { factsOf } from "../../helpers/folder-facts.js";

const config = configOf({ loss: ["cce", "dice"], runs: 2, steps: 100 });
const runs = gridRuns(config);
const [first, second, third, fourth] = runs as unknown as readonly [Run, Run, Run, Run];
const at = (seconds: number) => new Date(seconds * 1000);

const complete: CompleteRun = {
  environment: { ...usualEnvironment, processor: undefined },
  job: undefined,
  started: at(110),
  finished: at(120),
  seconds: 10,
  finalAccuracy: 0.95,
};
const failure = { message: "no file", failed: at(130), host: "node1", pid: 7, job: "slurm 12_3" };
const partial = { steps: 40, created: at(110), written: at(150) };

/** A lock of the whole sweep, made at 100 and touched at 195, unless changed. */
function lock(changes: Partial<LockFiles> = {}): LockFiles {
  return {
    lock: "sweep.lock",
    part: undefined,
    pid: 7,
    host: "node1",
    job: undefined,
    since: at(100),
    touched: at(195),
    beats: 15,
    isRunning: true,
    runs: new Set(runs),
    ...changes,
  };
}

function facts(changes: Partial<FolderFacts> = {}): FolderFacts {
  return factsOf(config, { runs, readAt: at(200), ...changes });
}

function dividedInto(count: number): DividedSweep {
  const shards = partitionRuns(runs, count, "cpu");
  return { division: { count, device: "cpu", only: [], id: "" }, shards };
}

test("The state of a run follows from its files and from the process that has it", () => {
  const none: Partial<RunFiles> = {};
  const working = lock();
  const rows: readonly (readonly [
    name: string,
    files: Partial<RunFiles>,
    owner: LockFiles | undefined,
    expected: Partial<RunStage>,
  ])[] = [
    ["nothing", none, undefined, { state: "missing" }],
    ["nothing yet", none, working, { state: "missing" }],
    ["a record", { complete }, undefined, { state: "complete" }],
    ["a record and an old failure", { complete, failure }, working, { state: "complete" }],
    ["a damaged record", { damage: "x is not JSON" }, working, { state: "damaged", reason: "x is not JSON" }],
    ["rows of a process at work", { partial }, working, { state: "running", steps: 40, share: 0.4 }],
    ["rows without a process", { partial }, undefined, { state: "missing" }],
    [
      "rows and a checkpoint without a process",
      { partial, hasCheckpoint: true },
      undefined,
      { state: "interrupted", steps: 40, share: 0.4 },
    ],
    [
      "rows from before the process began",
      { partial: { ...partial, written: at(90) }, hasCheckpoint: true },
      working,
      { state: "interrupted", steps: 40 },
    ],
    [
      "rows under a lock of an older version",
      { partial: { ...partial, written: at(90) } },
      lock({ since: undefined, beats: undefined }),
      { state: "running" },
    ],
    [
      "rows of a process that has ended",
      { partial, hasCheckpoint: true },
      lock({ isRunning: false }),
      { state: "interrupted" },
    ],
    [
      "rows of a silent process",
      { partial },
      lock({ isRunning: undefined, touched: at(100) }),
      { state: "missing" },
    ],
    ["a failure", { failure }, working, { state: "failed", failure, steps: 0, share: 0 }],
    [
      "a failure after a checkpoint",
      { failure, partial, hasCheckpoint: true },
      undefined,
      { state: "failed", steps: 40, share: 0.4 },
    ],
  ];
  for (const [name, changes, owner, expected] of rows) {
    const files = new Map([[first, { hasCheckpoint: false, ...changes }]]);
    const { runs: found } = summarizeSweep(facts({ files, locks: owner === undefined ? [] : [owner] }));
    assert.deepEqual({ ...found[0], ...expected }, found[0], name);
    assert.equal(found[0]?.owner?.pid, owner?.pid, name);
  }
});

test("A process is working, silent or ended by what is known of it and by its heartbeats", () => {
  const rows: readonly (readonly [changes: Partial<LockFiles>, state: string])[] = [
    [{}, "working"],
    [{ touched: at(0) }, "working"],
    [{ isRunning: false }, "ended"],
    [{ isRunning: undefined }, "working"],
    [{ isRunning: undefined, touched: at(141) }, "working"],
    [{ isRunning: undefined, touched: at(139) }, "silent"],
    [{ isRunning: undefined, touched: at(0), beats: undefined }, "working"],
  ];
  for (const [changes, state] of rows) {
    const { owners } = summarizeSweep(facts({ locks: [lock(changes)] }));
    assert.equal(owners[0]?.state, state, JSON.stringify(changes));
  }
});

test("Progress counts runs by state and work by cost, and expects the end at the rate so far", () => {
  const files = new Map<Run, RunFiles>([
    [first, { complete, hasCheckpoint: false }],
    [second, { partial: { steps: 60, created: at(110), written: at(190) }, hasCheckpoint: false }],
  ]);
  const { total, hasWholeSummary } = summarizeSweep(facts({ files, locks: [lock()], summaryRows: 1 }));
  assert.deepEqual(total.counts, {
    complete: 1,
    running: 1,
    interrupted: 0,
    failed: 0,
    damaged: 0,
    missing: 2,
  });
  assert.equal(total.share.toFixed(6), "0.400000");
  // 1.6 runs in 100 s: the other 2.4 take 150 s.
  assert.equal(total.expectedEnd?.getTime(), at(350).getTime());
  assert.equal(hasWholeSummary, true);
  assert.equal(summarizeSweep(facts({ files })).total.expectedEnd, undefined, "nothing is running");
});

test("What has failed is not expected to be tried again by the same process", () => {
  const files = new Map<Run, RunFiles>([
    [first, { complete, hasCheckpoint: false }],
    [second, { failure, hasCheckpoint: false }],
    [third, { complete, hasCheckpoint: false }],
  ]);
  const { shards } = summarizeSweep(
    facts({
      files,
      locks: [lock({ lock: "sweep.1-of-1.lock", part: { index: 1, count: 1 } })],
      divided: dividedInto(1),
    }),
  );
  assert.equal(shards[0]?.counts.failed, 1);
  // 2 runs in 100 s: the one that is left and has not failed takes 50 s.
  assert.equal(shards[0]?.expectedEnd?.getTime(), at(250).getTime());
});

test("Each shard has the progress of its runs and the process that has locked it", () => {
  const { division, shards } = dividedInto(2);
  const own = shards[0]?.runs ?? [];
  const files = new Map<Run, RunFiles>(own.map((run) => [run, { complete, hasCheckpoint: false }]));
  const locks = [
    lock({ lock: "sweep.2-of-2.lock", part: { index: 2, count: 2 }, runs: new Set(shards[1]?.runs) }),
  ];
  const status = summarizeSweep(facts({ files, locks, divided: { division, shards } }));
  assert.deepEqual(
    status.shards.map(({ part, runs: count, counts, share, owner }) => [
      part.index,
      count,
      counts.complete,
      share,
      owner?.lock,
    ]),
    [
      [1, 2, 2, 1, undefined],
      [2, 2, 0, 0, "sweep.2-of-2.lock"],
    ],
  );
  assert.deepEqual(
    status.runs.map(({ shard, owner }) => [shard?.index, owner?.lock]),
    runs.map((run) => (own.includes(run) ? [1, undefined] : [2, "sweep.2-of-2.lock"])),
  );
  assert.equal(status.runs.find(({ run }) => run === fourth)?.name, "adam-nobn-t0.5-dice/run-1");
});
