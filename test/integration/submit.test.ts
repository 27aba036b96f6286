import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { planShards } from "../../src/commands/submit/shard-plan.js";
import { planLines } from "../../src/commands/submit/submit-messages.js";
import {
  type SubmitFlags,
  type SubmitRequest,
  submitRequest,
} from "../../src/commands/submit/submit-request.js";
import { problemsError } from "../../src/config/problems.js";
import { SeglossError } from "../../src/errors.js";
import { writeDivision } from "../../src/results/sweep/division.js";
import { createSweepFile } from "../../src/results/sweep/sweep-file.js";
import { temporaryFolder } from "../helpers/configs.js";
import { finishRun } from "../helpers/finished-runs.js";
import { segloss, seglossSync } from "../helpers/program.js";

const home = temporaryFolder();

/** Writes a config and returns its path. */
function configFile(name: string, raw: object): string {
  const file = join(home, `${name}.json`);
  writeFileSync(file, JSON.stringify(raw));
  return file;
}

const small = configFile("small", { loss: ["cce", "dice"], runs: 2, steps: 3, monitor: ["cce", "dice"] });
/** Some hours on one core. */
const large = configFile("large", {
  loss: ["cce", "dice"],
  runs: 50,
  steps: 100_001,
  batchNorm: [false, true],
});

function requestOf(
  file: string,
  flags: Partial<SubmitFlags> = {},
  words: readonly string[] = [],
): SubmitRequest {
  const parsed = submitRequest(file, { progress: true, output: join(home, "out"), ...flags }, words);
  return "problems" in parsed ? assert.fail(problemsError(parsed.problems).message) : parsed.request;
}

function problemOf(flags: Partial<SubmitFlags>, words: readonly string[] = []): string {
  const parsed = submitRequest(small, { progress: true, output: join(home, "out"), ...flags }, words);
  return "problems" in parsed ? problemsError(parsed.problems).message : assert.fail("it is accepted");
}

test("Flags that say how to train are those of every shard; what changes the config is in its copy", () => {
  const { shardFlags, sweep } = requestOf(small, {
    only: ["loss=dice", "run=0"],
    jobs: "2",
    device: "cpu",
    saveWeights: true,
    seed: "7",
    steps: "5",
    set: ["runs=3"],
  });
  assert.deepEqual(shardFlags, [
    "--only=loss=dice",
    "--only=run=0",
    "--jobs=2",
    "--device=cpu",
    "--save-weights",
  ]);
  assert.deepEqual([sweep.config.seed, sweep.config.steps, sweep.config.runs], [7, 5, 3]);
});

test("What an engine needs is asked for, and flags of another engine are refused", () => {
  assert.match(problemOf({ engine: "parallel" }), /^--hosts: got none; allowed: machines that ssh reaches/);
  assert.match(problemOf({ engine: "parallel", hosts: "a, b" }), /^--hosts: got "a, b"/);
  assert.match(
    problemOf({ hosts: "a" }),
    /^--hosts: got the flag with --engine slurm; allowed: it with --engine parallel/,
  );
  const kubernetes = problemOf({ engine: "kubernetes", mount: "/elsewhere" }, ["-n", "x"]);
  for (const place of ["--image", "--claim", "--mount", 'after "--"']) {
    assert.ok(kubernetes.includes(`\n  ${place}: got `), kubernetes);
  }
  assert.match(problemOf({ engine: "slrum" }), /did you mean "slurm"\?$/);
  assert.match(
    problemOf({ shards: "1001" }),
    /^--shards: got 1001; allowed: a whole number from 1 to 1,000$/,
  );
  assert.match(problemOf({ output: "runs/50%" }), /^--output: got ".*50%"; allowed: a path without % and \\/);
});

test("A GPU for the tasks of a sweep whose device is automatic is refused, because the division depends on the device", () => {
  assert.match(
    problemOf({}, ["--gres=gpu:1"]),
    /^--device: got auto, with a GPU for every task; allowed: gpu or cpu/,
  );
  requestOf(small, { device: "gpu" }, ["--gres=gpu:1"]);
});

test("Without --shards every shard has ten minutes of work or more, also with several cores", async () => {
  const { shards, longestSeconds } = await planShards(requestOf(large));
  assert.ok(shards.length > 4, `${shards.length} shards`);
  assert.ok(longestSeconds > 600 && longestSeconds < 1200, `${longestSeconds} s`);
  const withCores = await planShards(requestOf(large, {}, ["-c", "4"]));
  assert.ok(Math.abs(withCores.shards.length - shards.length / 4) <= 1);
  assert.equal((await planShards(requestOf(small))).shards.length, 1);
});

test("More shards than runs, or than compiled steps on a GPU, are refused", async () => {
  const refusal = (message: RegExp) => (error: unknown) =>
    error instanceof SeglossError && message.test(error.message);
  await assert.rejects(
    planShards(requestOf(small, { shards: "5" })),
    refusal(/at most 4, because the sweep has 4 runs$/),
  );
  await assert.rejects(
    planShards(requestOf(large, { shards: "3", device: "gpu" })),
    refusal(/at most 2, because the sweep has 2 compiled steps, along which it is divided on a GPU$/),
  );
});

test("A second submission has the division of the first and only the shards that are not complete", async () => {
  const out = join(home, "again");
  mkdirSync(out);
  const request = (flags: Partial<SubmitFlags> = {}) => requestOf(small, { output: out, ...flags });
  const first = await planShards(request({ shards: "3" }));
  assert.equal(first.incomplete.length, 3);
  createSweepFile(out, request().sweep.config);
  writeDivision(out, first.division);
  for (const run of first.shards[1]?.runs ?? assert.fail()) {
    finishRun(out, run);
  }
  const second = await planShards(request());
  assert.equal(second.division.id, first.division.id);
  const indices = second.incomplete.map(({ part }) => part.index);
  assert.deepEqual(indices, [1, 3]);
  assert.deepEqual(planLines(second, indices, []), [
    "4 runs in 3 shards, the longest takes less than a minute",
    "complete: 1 of 3 shards",
    "submitted now: shards 1,3",
  ]);
  assert.deepEqual(planLines(second, [3], [1]).slice(2), [
    "still in the queue: shard 1",
    "submitted now: shard 3",
  ]);
  assert.equal(
    (await planShards(request({ only: ["loss=dice"] }))).shards.length,
    1,
    "another choice of runs",
  );
});

test("submit refuses a folder that other machines cannot see, and --dry-run writes nothing", () => {
  const out = join(home, "local");
  const refused = seglossSync(["submit", small, "-o", out, "--dry-run"]);
  assert.equal(refused.code, 2);
  assert.match(
    refused.err,
    /^segloss: .*local: other machines cannot see the output folder: it is in .*--allow-local\n$/,
  );
  const {
    code,
    out: printed,
    err,
  } = seglossSync(["submit", small, "-o", out, "--dry-run", "--allow-local", "--shards", "2"]);
  assert.equal(code, 0, err);
  assert.match(
    printed,
    /^==> cluster\/tasks\.sh <==\n#!\/bin\/bash\n[\s\S]*\n==> cluster\/end\.sh <==\n#!\/bin\/bash\n/,
  );
  assert.match(err, /\nshard 1 of 2: 2 runs, less than a minute on one core\n/);
  assert.ok(!existsSync(out));
  const stray = seglossSync(["submit", small, "long", "--dry-run", "--", "-p", "long"]);
  assert.match(
    stray.err,
    /^segloss: got "long" after the config; arguments of sbatch or parallel go after --\n$/,
  );
});

test("submit needs TensorFlow's library and sbatch, and names what helps", async () => {
  const words = ["submit", small, "-o", join(home, "needs"), "--allow-local", "--device", "cpu", "--quiet"];
  const withoutLibrary = { SEGLOSS_CACHE: join(home, "empty"), SEGLOSS_SYSTEM_CACHE: "" };
  const unprepared = await segloss(words, home, withoutLibrary);
  assert.equal(unprepared.code, 3, unprepared.err);
  assert.match(unprepared.err, /^segloss: library: not set up; every task would fail\. To repair it: /);
  assert.ok(!existsSync(join(home, "needs")));
  const alone = await segloss(words, home, { PATH: home });
  assert.equal(alone.code, 2);
  assert.match(alone.err, /^segloss: sbatch was not found: .*another --engine: parallel, kubernetes\n$/);
});
