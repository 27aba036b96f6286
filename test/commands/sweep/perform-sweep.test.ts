import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dryRun } from "../../../src/commands/sweep/dry-run.js";
import { performSweep } from "../../../src/commands/sweep/perform-sweep.js";
import { type SweepFlags, sweepRequest } from "../../../src/commands/sweep/sweep-request.js";
import type { Problem, Problems } from "../../../src/config/problems.js";
import { runName } from "../../../src/config/run-names.js";
import { SeglossError } from "../../../src/errors.js";
import type { RunSweep, SweepOptions, TrainedSweep } from "../../../src/runner/types.js";
import type { Run } from "../../../src/study/run.js";
import type { Signal } from "../../../src/terminal/signals.js";
import { captureText } from "../../helpers/captured-text.js";
import { fileWith, temporaryFolder } from "../../helpers/configs.js";
import { finishRun } from "../../helpers/finished-runs.js";

const config = fileWith('{"loss": ["cce", "dice"], "runs": 2, "steps": 3, "monitor": ["cce", "dice"]}');
const names = ["cce/run-0", "cce/run-1", "dice/run-0", "dice/run-1"].map((name) => `adam-nobn-t0.5-${name}`);

const nothing: TrainedSweep = { finished: 0, failed: [], stopped: undefined, withNaN: [], stepsKept: 0 };

/** A runner that finishes the runs that are wanted, and remembers what it was asked. */
function fakeRunner(
  outcome: Partial<TrainedSweep> = {},
  wanted: (name: string) => boolean = () => true,
  signal?: Signal,
) {
  const asked: SweepOptions[] = [];
  const runSweep: RunSweep = async (options) => {
    asked.push(options);
    const runs = options.runs.filter((run) => wanted(options.nameOf(run)));
    options.onRunsStart(runs);
    for (const run of runs) {
      finishRun(options.folder, run);
    }
    if (signal !== undefined) {
      process.emit(signal, signal);
    }
    return { ...nothing, finished: runs.length, ...outcome };
  };
  return { asked, load: async () => runSweep };
}

interface Performed {
  readonly code: number;
  readonly said: string;
  readonly error?: string;
}

async function sweep(
  out: string,
  load: () => Promise<RunSweep>,
  flags: Partial<SweepFlags> = {},
): Promise<Performed> {
  const all = { progress: true, ...flags, output: out };
  const asked = sweepRequest(config, all);
  assert.ok("request" in asked, JSON.stringify(asked));
  const stderr = captureText(process.stderr);
  try {
    return { code: await performSweep(asked.request, all, load), said: stderr.text() };
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
    return { code: error.exitCode, said: stderr.text(), error: error.message };
  } finally {
    stderr.restore();
  }
}

function problemsOf(result: object): readonly Problem[] {
  assert.ok("problems" in result, "accepted");
  return (result as Problems).problems;
}

const namesOf = ({ asked }: { readonly asked: readonly SweepOptions[] }) =>
  asked.map(({ runs }) => runs.map(runName));

test("A sweep trains all runs in grid order, writes the summary and leaves no lock", async () => {
  const out = join(temporaryFolder(), "out");
  const runner = fakeRunner();
  const { code, said } = await sweep(out, runner.load);
  assert.equal(code, 0);
  assert.match(
    said,
    /^cell +runs +final accuracy .*\n(adam-nobn-t0\.5-\w+ +2 +0\.9500 +0\.9500 +0\.9500 +never\n){2}4 runs trained in 0:\d\d, all 4 are done\. Next: npx segloss plot .*, npx segloss report .*\n$/,
  );
  assert.deepEqual(namesOf(runner), [names]);
  const [options] = runner.asked;
  assert.deepEqual(
    [options?.total, options?.done, options?.jobs, options?.device, options?.folder],
    [4, 0, "auto", "auto", out],
  );
  assert.equal(readFileSync(join(out, "summary.csv"), "utf8").split("\n").length, 6);
  assert.deepEqual(readdirSync(out).sort(), [
    "adam-nobn-t0.5-cce",
    "adam-nobn-t0.5-dice",
    "summary.csv",
    "sweep.json",
  ]);
});

test("A second sweep trains nothing and does not load the runner", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  const again = await sweep(out, () => assert.fail("the runner was loaded"));
  assert.deepEqual(again, { code: 0, said: `2 cells, 4 runs: all done in ${out}\n` });
  assert.deepEqual(await sweep(out, () => assert.fail(), { quiet: true }), { code: 0, said: "" });
});

test("An interrupted sweep ends with the signal's exit code, and the next one trains what is missing", async () => {
  const out = join(temporaryFolder(), "out");
  const first = await sweep(out, fakeRunner({ stepsKept: 3 }, (name) => name === names[2], "SIGINT").load);
  assert.equal(first.code, 130);
  assert.match(first.said, /^Interrupted: 1 of 4 runs done, 25 % of the steps are kept\. To resume: .*\n$/);
  assert.equal(readFileSync(join(out, "summary.csv"), "utf8").split("\n").length, 3);
  const runner = fakeRunner({}, (name) => name !== names[3], "SIGTERM");
  assert.equal((await sweep(out, runner.load, { quiet: true })).code, 143);
  assert.deepEqual(namesOf(runner), [[names[0], names[1], names[3]]]);
  assert.equal(runner.asked[0]?.done, 1);
  assert.equal((await sweep(out, fakeRunner({}, () => false, "SIGHUP").load)).code, 129);
});

test("--only trains a part, and the summary contains all runs that are done, in grid order", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load, { only: ["loss=dice"] });
  const runner = fakeRunner();
  await sweep(out, runner.load, { only: ["run=0", "loss=cce"] });
  assert.deepEqual(namesOf(runner), [[names[0]]]);
  const losses = readFileSync(join(out, "summary.csv"), "utf8")
    .split("\n")
    .slice(1, -1)
    .map((line) => line.split(",").slice(3, 5).join("/run-"));
  assert.deepEqual(losses, ["cce/run-0", "dice/run-0", "dice/run-1"]);
});

test("--rerun trains finished runs again, and when interrupted leaves those that had not begun as they were", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  const asked: (readonly Run[])[] = [];
  const runner: RunSweep = async ({ runs, onRunsStart }) => {
    asked.push(runs);
    onRunsStart(runs.slice(0, 2));
    process.emit("SIGINT", "SIGINT");
    return nothing;
  };
  assert.equal((await sweep(out, async () => runner, { rerun: true })).code, 130);
  assert.deepEqual(asked[0]?.map(runName), names);
  const rest = fakeRunner();
  await sweep(out, rest.load);
  assert.deepEqual(namesOf(rest), [names.slice(0, 2)]);
});

test("--rerun removes no record before a worker is ready", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  const unfit = async () => async () => {
    throw new SeglossError("no GPU", { exitCode: 3 });
  };
  assert.equal((await sweep(out, unfit, { rerun: true })).code, 3);
  assert.match((await sweep(out, () => assert.fail())).said, /all done/);
});

test("A signal while the folder is read ends the sweep before anything is trained", async () => {
  const out = join(temporaryFolder(), "out");
  setImmediate(() => process.emit("SIGINT", "SIGINT"));
  const { code, said } = await sweep(out, () => assert.fail("the runner was loaded"));
  assert.equal(code, 130);
  assert.match(said, /^Interrupted before anything was trained\. To resume: /);
});

test("The leftovers of a killed sweep are removed for finished runs only", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner({}, (name) => name !== names[1]).load);
  const cell = join(out, "adam-nobn-t0.5-cce");
  const left = ["run-0.csv.partial", "run-0.checkpoint", "run-0.json.tmp", "run-0.checkpoint.tmp"];
  const kept = ["run-1.csv.partial", "run-1.checkpoint", "run-7.csv.partial", "notes.tmp"];
  for (const name of [...left, ...kept, "run-1.checkpoint.tmp"]) {
    writeFileSync(join(cell, name), "");
  }
  writeFileSync(join(out, "summary.csv.tmp"), "");
  await sweep(out, fakeRunner({}, () => false).load);
  assert.deepEqual(readdirSync(cell).sort(), ["run-0.csv", "run-0.json", ...kept].sort());
  assert.ok(!existsSync(join(out, "summary.csv.tmp")));
});

test("Nothing is removed through a link that leads out of the folder", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  const outside = temporaryFolder();
  const cell = join(out, "adam-nobn-t0.5-cce");
  cpSync(cell, outside, { recursive: true });
  writeFileSync(join(outside, "run-0.csv.partial"), "precious");
  rmSync(cell, { recursive: true });
  symlinkSync(outside, cell);
  await sweep(out, fakeRunner({}, () => false).load);
  assert.ok(existsSync(join(outside, "run-0.csv.partial")));
});

test("Damaged runs are reported and trained again to the same bytes", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  const csv = join(out, names[1]?.replace(/$/, ".csv") ?? "");
  const record = join(out, names[2]?.replace(/$/, ".json") ?? "");
  const sound = readFileSync(csv);
  appendFileSync(csv, "x");
  writeFileSync(record, "{");
  const runner = fakeRunner();
  const { said } = await sweep(out, runner.load);
  assert.deepEqual(namesOf(runner), [[names[1], names[2]]]);
  const lines = said.split("\n").filter((line) => line.startsWith("damaged"));
  assert.equal(lines.length, 2);
  assert.match(
    lines[0] ?? "",
    /^damaged: .*cce\/run-1\.csv has \d+ bytes, not the \d+ of its record; done again$/,
  );
  assert.match(lines[1] ?? "", /^damaged: .*dice\/run-0\.json is not JSON; done again$/);
  assert.deepEqual(readFileSync(csv), sound);
});

test("A sweep continued by other source code is warned of, and --strict refuses it before anything is trained", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  const records = names.slice(0, 2).map((name) => join(out, `${name}.json`));
  rmSync(records[0] ?? "");
  // The records of the fake runner name no commit, as those of an installed package.
  const refused = await sweep(out, () => assert.fail("the runner was loaded"), { strict: true });
  assert.equal(refused.code, 2);
  assert.match(refused.error ?? "", /^--strict: the runs are made by different source code: 3 by version/);
  const warned = await sweep(out, fakeRunner().load);
  assert.match(
    warned.said,
    /^warning: the runs are made by different source code: 3 by version.*1 by commit/,
  );
  rmSync(records[0] ?? "");
  assert.deepEqual(await sweep(out, fakeRunner().load, { quiet: true }), { code: 0, said: "" });
});

test("Failed runs are all listed with exit code 1, and the next sweep trains them", async () => {
  const out = join(temporaryFolder(), "out");
  const failed = [
    { name: names[0] ?? "", message: "out of memory" },
    { name: names[3] ?? "", message: "no space left" },
  ];
  const first = await sweep(
    out,
    fakeRunner({ failed }, (name) => name.includes("run-1") && name.includes("cce")).load,
  );
  assert.equal(first.code, 1);
  const failures = `2 runs failed:\n  ${names[0]}: out of memory\n  ${names[3]}: no space left`;
  assert.ok(first.error?.startsWith(`${failures}\nTo resume: `), first.error);
  const runner = fakeRunner();
  assert.equal((await sweep(out, runner.load)).code, 0);
  assert.deepEqual(namesOf(runner), [[names[0], names[2], names[3]]]);
});

test("A run with NaN is reported and is not a failure", async () => {
  const out = join(temporaryFolder(), "out");
  const { code, said } = await sweep(out, fakeRunner({ withNaN: [names[1] ?? ""] }).load);
  assert.equal(code, 0);
  assert.ok(said.startsWith(`NaN in 1 run: ${names[1]}\n`), said);
});

test("A runner that cannot start leaves the folder unlocked", async () => {
  const out = join(temporaryFolder(), "out");
  const broken = async () => {
    throw new SeglossError("no TensorFlow", { exitCode: 3 });
  };
  assert.equal((await sweep(out, broken)).code, 3);
  assert.deepEqual(readdirSync(out), ["sweep.json"]);
});

test("A folder that vanishes during the sweep is reported and not created again", async () => {
  const out = join(temporaryFolder(), "out");
  const vanishing: RunSweep = async (options) => {
    for (const run of options.runs) {
      finishRun(options.folder, run);
    }
    rmSync(out, { recursive: true });
    mkdirSync(out);
    rmSync(out, { recursive: true });
    return { ...nothing, failed: [{ name: names[0] ?? "", message: "its folder is gone" }] };
  };
  const { code, error } = await sweep(out, async () => vanishing);
  assert.equal(code, 1);
  assert.match(error ?? "", /^1 run failed:\n {2}.*: its folder is gone\n/);
  assert.ok(!existsSync(out));
});

test("A sweep is refused at once while another one uses the folder", async () => {
  const out = join(temporaryFolder(), "out");
  const nested: RunSweep = async () => {
    const second = await sweep(out, () => assert.fail());
    assert.equal(second.code, 2);
    assert.match(
      second.error ?? "",
      new RegExp(`another sweep, process ${process.pid} on .*, is using this folder`),
    );
    return nothing;
  };
  assert.equal((await sweep(out, async () => nested)).code, 0);
});

test("A sweep grows in its folder: old runs stay under their names, and the config before is kept", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  const before = readFileSync(join(out, "sweep.json"), "utf8");
  const csv = readFileSync(join(out, `${names[0]}.csv`));
  const runner = fakeRunner();
  const { said } = await sweep(out, runner.load, { set: ["learningRate=0.001,0.1", "runs=3"] });
  assert.match(said, /^the sweep grows from 4 to 12 runs; its config before is in sweep-1\.json$/m);
  assert.deepEqual(namesOf(runner), [
    [
      "adam-nobn-t0.5-cce/run-2",
      ...[0, 1, 2].map((run) => `adam-nobn-t0.5-cce-learning-rate0.1/run-${run}`),
      "adam-nobn-t0.5-dice/run-2",
      ...[0, 1, 2].map((run) => `adam-nobn-t0.5-dice-learning-rate0.1/run-${run}`),
    ],
  ]);
  assert.deepEqual([runner.asked[0]?.total, runner.asked[0]?.done], [12, 4]);
  assert.equal(readFileSync(join(out, "sweep-1.json"), "utf8"), before);
  assert.deepEqual(readFileSync(join(out, `${names[0]}.csv`)), csv);
  const summary = readFileSync(join(out, "summary.csv"), "utf8").trimEnd().split("\n");
  assert.equal(summary.length, 13);
  assert.match(summary[0] ?? "", /,run,learning_rate,steps,/);
  assert.equal(summary.filter((line) => line.includes(",0.001,3,")).length, 6);
  const again = await sweep(out, () => assert.fail("the runner was loaded"), {
    set: ["learningRate=0.001,0.1", "runs=3"],
  });
  assert.match(again.said, /^4 cells, 12 runs: all done/);
});

test("A sweep that has grown twice keeps both configs and finds every run", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load);
  await sweep(out, fakeRunner().load, { set: ["threshold=0.5,0.05"] });
  const runner = fakeRunner();
  await sweep(out, runner.load, { set: ["threshold=0.5,0.05", "filters=4,8"] });
  assert.equal(runner.asked[0]?.done, 8);
  assert.deepEqual(
    readdirSync(out).filter((name) => name.endsWith(".json")),
    ["sweep-1.json", "sweep-2.json", "sweep.json"],
  );
});

test("The folder of a sweep in place of a config resumes it, and --set extends it", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner({}, (name) => name !== names[3]).load);
  const resumed = sweepRequest(out, { progress: true });
  assert.ok("request" in resumed, JSON.stringify(resumed));
  assert.deepEqual([resumed.request.out, resumed.request.config.runs], [out, 2]);
  const extended = sweepRequest(out, { progress: true, set: ["runs=5"] });
  assert.ok("request" in extended && extended.request.config.runs === 5);
  const [problem] = problemsOf(sweepRequest(temporaryFolder(), { progress: true }));
  assert.equal(problem?.got, "a folder without sweep.json");
});

test("Conditions of --only that leave no run are a mistake", () => {
  const [problem] = problemsOf(sweepRequest(config, { progress: true, only: ["run>5"] }));
  assert.deepEqual(
    [problem?.place, problem?.got],
    ["--only", "conditions that no run of the sweep fulfills"],
  );
});

test("Runs that repeat the numbers of others are named before the training", async () => {
  const out = join(temporaryFolder(), "out");
  const { said } = await sweep(out, fakeRunner().load, { set: ["momentum=0,0.9"] });
  assert.match(said, /^4 runs will have the same numbers as others, where momentum changes nothing \(/);
});

test("A dry run lists what is done and what is damaged, and changes nothing", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner({}, (name) => name !== names[3]).load);
  rmSync(join(out, `${names[0]}.csv`));
  const asked = sweepRequest(config, { progress: true, output: out });
  assert.ok("request" in asked);
  const [stdout, stderr] = [captureText(process.stdout), captureText(process.stderr)];
  await dryRun(asked.request, { progress: true });
  const [listed, told] = [stdout.text(), stderr.text()];
  stdout.restore();
  stderr.restore();
  assert.equal(listed, `to do  ${names[0]}\ndone   ${names[1]}\ndone   ${names[2]}\nto do  ${names[3]}\n`);
  assert.equal(
    told,
    `damaged: ${out}/${names[0]}.csv is missing\n2 cells, 4 runs: 2 done, 2 to do in ${out}\n`,
  );
  assert.ok(existsSync(join(out, `${names[0]}.json`)));
});

test("A shard trains its runs only, writes no summary, and says how to put the shards together", async () => {
  const out = join(temporaryFolder(), "out");
  const runner = fakeRunner();
  const first = await sweep(out, runner.load, { shard: "1/2" });
  assert.equal(first.code, 0);
  assert.match(
    first.said,
    /^shard 1 of 2: 2 of 4 runs\nshard 1 of 2: all done\. When all shards are: .*segloss merge /,
  );
  assert.ok(!existsSync(join(out, "summary.csv")));
  await sweep(out, runner.load, { shard: "2/2" });
  assert.deepEqual(namesOf(runner).flat().toSorted(), names);
  const whole = await sweep(out, runner.load);
  assert.match(whole.said, /4 runs: all done in /);
  assert.equal(readFileSync(join(out, "summary.csv"), "utf8").split("\n").length, 1 + 4 + 1);
});

test("A shard leaves the sweep's own files alone, which another shard may be writing", async () => {
  const out = join(temporaryFolder(), "out");
  await sweep(out, fakeRunner().load, { shard: "1/2" });
  const temporary = join(out, "sweep.json.node2-7-0123abcd.tmp");
  writeFileSync(temporary, "");
  await sweep(out, fakeRunner().load, { shard: "1/2" });
  assert.ok(existsSync(temporary));
  await sweep(out, fakeRunner().load);
  assert.ok(!existsSync(temporary));
});

test("A dry run of a shard lists its runs, and all shards with their size", async () => {
  const out = join(temporaryFolder(), "out");
  const asked = sweepRequest(config, { progress: true, output: out, shard: "2/2" });
  assert.ok("request" in asked);
  const [stdout, stderr] = [captureText(process.stdout), captureText(process.stderr)];
  try {
    await dryRun(asked.request, { progress: true });
    assert.equal(stdout.text().match(/to do {2}adam/g)?.length, 2);
    assert.match(
      stderr.text(),
      /^shard 1 of 2: 2 runs, .*\nshard 2 of 2: 2 runs, .*\nshard 2 of 2: .*2 to do in /,
    );
  } finally {
    stdout.restore();
    stderr.restore();
  }
});
