import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ShardJob } from "../../src/cluster/shard-job.js";
import { slurmEndScript, slurmTaskScript } from "../../src/cluster/slurm.js";
import { clusterFile } from "../../src/results/paths.js";
import { temporaryFolder } from "../helpers/configs.js";

// The scripts are run by bash, with programs in place of segloss and scontrol that write down how they were called.

/** Prints its arguments, each after its length, and ends with 143 at SIGTERM, or by itself with the code in $END. */
const fakeProgram = `
process.stdout.write(process.argv.slice(2).map((word) => word.length + ":" + word + "\\n").join(""));
process.on("SIGTERM", () => { console.log("saved"); setTimeout(() => process.exit(143), 100); });
setTimeout(() => process.exit(Number(process.env.END)), process.env.END ? 0 : 20000);
require("node:fs").writeFileSync("started", "");
`;

/** A folder whose path a shell would take apart if it were not quoted. */
const oddName = 'it\'s "a" $(sweep)\n`$HOME` * ;#';

interface ScriptRun {
  readonly code: number | null;
  readonly out: string;
  /** The arguments of scontrol, if it was called. */
  readonly requeued: string | undefined;
  readonly folder: string;
}

/** Runs a script of task 2, sends signals to its shell alone once the program has started, and waits for the end. */
async function runScript(
  textOf: (job: ShardJob) => string,
  signals: readonly NodeJS.Signals[],
  env: NodeJS.ProcessEnv = {},
): Promise<ScriptRun> {
  const folder = join(temporaryFolder(), oddName);
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const program = join(folder, "program.cjs");
  writeFileSync(program, fakeProgram);
  // As Slurm does, it ends the shell that has called it.
  writeFileSync(join(bin, "scontrol"), `#!/bin/bash\necho "$@" >requeued\nkill -TERM $PPID\n`);
  chmodSync(join(bin, "scontrol"), 0o755);
  const job: ShardJob = {
    name: "odd",
    folder,
    program: [process.execPath, program],
    flags: ["--only=loss=dice, cce", "--jobs=2"],
    count: 8,
    indices: [2],
    atOnce: undefined,
  };
  const child = spawn("bash", ["-c", textOf(job), "script"], {
    env: {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      SLURM_ARRAY_JOB_ID: "77",
      SLURM_ARRAY_TASK_ID: "2",
      SLURM_TMPDIR: folder,
      SEGLOSS_XLA_CACHE: "",
      ...env,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  while (!existsSync(join(folder, "started"))) {
    await sleep(10);
  }
  for (const signal of signals) {
    child.kill(signal);
    await sleep(20);
  }
  const code = await ended;
  const requeued = join(folder, "requeued");
  return { code, out, requeued: existsSync(requeued) ? readFileSync(requeued, "utf8") : undefined, folder };
}

test("A task trains its shard in the folder of the sweep, whatever its path contains, and ends with the code of segloss", async () => {
  for (const end of ["0", "1"]) {
    const { code, out, requeued } = await runScript(slurmTaskScript, [], { END: end });
    assert.equal(code, Number(end));
    const words = [
      "sweep",
      clusterFile.config,
      "--output",
      ".",
      "--no-progress",
      "--only=loss=dice, cce",
      "--jobs=2",
    ];
    const expected = [...words, "--shard", "2/8"].map((word) => `${word.length}:${word}\n`).join("");
    assert.equal(out, expected);
    assert.equal(requeued, undefined);
  }
});

test("A task whose shell alone gets SIGTERM passes it on, waits until segloss has saved, and does not come back", async () => {
  const { code, out, requeued } = await runScript(slurmTaskScript, ["SIGTERM"]);
  assert.match(out, /\nsaved\n$/);
  assert.deepEqual([code, requeued], [143, undefined]);
});

test("A task saves and requeues itself before its time limit, unless it is cancelled too or was started too often", async () => {
  const limit = await runScript(slurmTaskScript, ["SIGUSR1"]);
  assert.match(limit.out, /\nsaved\nRequeued at the time limit, start 1\.\n$/);
  assert.deepEqual([limit.code, limit.requeued], [143, "requeue 77_2\n"]);
  const cancelled = await runScript(slurmTaskScript, ["SIGUSR1", "SIGTERM"]);
  assert.deepEqual([cancelled.code, cancelled.requeued], [143, undefined]);
  const often = await runScript(slurmTaskScript, ["SIGUSR1"], { SLURM_RESTART_COUNT: "99" });
  assert.deepEqual([often.code, often.requeued], [143, undefined]);
});

test("A task that ends by itself at the time limit is not requeued", async () => {
  const { code, requeued } = await runScript(
    (job) =>
      slurmTaskScript({
        ...job,
        program: ["bash", "-c", "trap 'exit 0' TERM; touch started; while :; do sleep 0.05; done"],
      }),
    ["SIGUSR1"],
  );
  assert.deepEqual([code, requeued], [0, undefined]);
});

test("The script of a job array names its shards, how many run at once, and files relative to the sweep's folder", () => {
  const job: ShardJob = {
    name: "full",
    folder: "/home/me/full",
    program: ["node", "cli.js"],
    flags: [],
    count: 9,
    indices: [2, 5, 7, 8, 9],
    atOnce: 3,
  };
  const lines = slurmTaskScript(job).split("\n");
  const options = lines.filter((line) => line.startsWith("#SBATCH"));
  assert.deepEqual(options, [
    "#SBATCH --job-name=full",
    "#SBATCH --array=2,5,7-9%3",
    "#SBATCH --cpus-per-task=1",
    "#SBATCH --requeue",
    "#SBATCH --open-mode=append",
    "#SBATCH --output=cluster/logs/%A_%a.log",
    "#SBATCH --signal=B:USR1@180",
  ]);
  assert.ok(lines.some((line) => line.includes('--shard "$SLURM_ARRAY_TASK_ID/9"')));
  const end = slurmEndScript(job);
  assert.match(end, /\nnode cli\.js merge \. && exec node cli\.js report \. --html\n$/);
  assert.doesNotMatch(end, /sweep cluster/);
});

test("Compiled programs are stored on the disk of the node, unless the user has chosen a folder", async () => {
  const program = ["bash", "-c", 'echo "$SEGLOSS_XLA_CACHE"; touch started'];
  const script = (job: ShardJob) => slurmTaskScript({ ...job, program });
  const { out, folder } = await runScript(script, []);
  assert.equal(out, `${folder}/segloss-${process.getuid?.()}\n`);
  const chosen = await runScript(script, [], { SEGLOSS_XLA_CACHE: "/elsewhere" });
  assert.equal(chosen.out, "/elsewhere\n");
});
