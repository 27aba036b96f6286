import assert from "node:assert/strict";
import { test } from "node:test";
import { parseShard, refuseUndividedArray, shardLines } from "../../../src/commands/sweep/shard.js";
import { gridRuns } from "../../../src/config/grid.js";
import { problemsError } from "../../../src/config/problems.js";
import { SeglossError } from "../../../src/errors.js";
import type { Device } from "../../../src/runner/types.js";
import { configOf } from "../../helpers/configs.js";

const runs = gridRuns(configOf({ batchNorm: [false, true], loss: ["cce", "dice"], runs: 3, steps: 10_001 }));

function shardOf(text: string, device: Device = "cpu") {
  const parsed = parseShard(text, runs, [], device);
  return "problems" in parsed
    ? assert.fail(problemsError(parsed.problems).message)
    : (parsed.shard ?? assert.fail());
}

function problemOf(text: string, device: Device = "cpu"): string {
  const parsed = parseShard(text, runs, [], device);
  return "problems" in parsed ? problemsError(parsed.problems).message : assert.fail(`${text} is accepted`);
}

test("Without --shard the sweep is not divided", () => {
  assert.deepEqual(parseShard(undefined, runs, [], "auto"), { shard: undefined });
});

test("The shards of a division have all runs, and the same division", () => {
  const shards = ["1/4", "2/4", "3/4", "4/4"].map((text) => shardOf(text));
  assert.deepEqual(new Set(shards.flatMap((shard) => shard.runs)), new Set(runs));
  assert.equal(new Set(shards.map(({ division }) => division.id)).size, 1);
});

test("A --shard that is not I/N, or out of range, is refused with what is allowed", () => {
  for (const text of ["", "1", "0/4", "5/4", "1/0", "-1/4", "1/4/2", "1.5/4", "1/1001", "a/b", "1 / 4"]) {
    assert.match(problemOf(text), /^--shard: got .*; allowed: I\/N, for part I of N/, text);
  }
});

test("On a GPU more shards than compiled steps are refused", () => {
  assert.equal(shardOf("2/2", "gpu").runs.length, 6);
  assert.match(problemOf("1/3", "gpu"), /^--shard: got 3 shards for 2 compiled steps; allowed: at most 2/);
});

test("A task of a job array without --shard is refused with the flag to add", () => {
  const task = { SLURM_JOB_ID: "18", SLURM_ARRAY_TASK_ID: "3" };
  assert.throws(
    () => refuseUndividedArray(undefined, task),
    (error) =>
      error instanceof SeglossError &&
      error.exitCode === 2 &&
      /this is task 3 of a job array.*--shard "\$SLURM_ARRAY_TASK_ID\/N"/.test(error.message),
  );
  refuseUndividedArray(shardOf("1/1"), task);
  refuseUndividedArray(undefined, { SLURM_JOB_ID: "18" });
});

test("Each shard is listed with its runs and an estimate of its time", () => {
  assert.deepEqual(shardLines(shardOf("1/12").shards).slice(0, 1), [
    "shard 1 of 12: 1 run, less than a minute on one core",
  ]);
  const long = gridRuns(configOf({ loss: ["cce", "dice"], runs: 30, steps: 100_001 }));
  const parsed = parseShard("1/2", long, [], "cpu");
  assert.ok("shard" in parsed && parsed.shard !== undefined);
  assert.match(
    shardLines(parsed.shard.shards)[1] ?? "",
    /^shard 2 of 2: 30 runs, about \d+ min on one core$/,
  );
});
