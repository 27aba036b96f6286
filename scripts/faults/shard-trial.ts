import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SlurmCluster } from "../../test/helpers/slurm.js";
import { folderDifferences } from "./compare.js";
import { kill, markedProcesses, markName, survivingProcesses } from "./processes.js";
import type { Random } from "./random.js";
import { type ShardFaultContext, shardFaults } from "./shard-faults.js";

/** What all trials have in common. */
export interface ShardSetup {
  readonly cluster: SlurmCluster;
  /** Path of the built program. */
  readonly cli: string;
  /** Path of the config. */
  readonly config: string;
  /** The folder of an undisturbed sweep. */
  readonly reference: string;
  readonly shards: number;
}

/** The result of a trial. */
export interface ShardTrialResult {
  /** The faults that were injected, in order. */
  readonly injected: readonly string[];
  /** How often the sweep was submitted until it was complete. */
  readonly submissions: number;
  /** How the merged folder differs from the reference, and whatever else went wrong. */
  readonly problems: readonly string[];
  /** Processes that were left. */
  readonly orphans: number;
}

/** A sweep whose shards are not struck any more is complete after fewer submissions. */
const maxSubmissions = 12;
/** An array of these sweeps takes seconds; one that takes this long hangs. */
const hangMs = 150_000;
/** Slurm starts a waiting task sooner than this. */
const lostTaskMs = 15_000;
/** A task whose step daemon was killed may go on until its shard is done. */
const orphanTimeoutMs = 30_000;

/**
 * Submits a sweep, injects faults into its shards at random moments, submits what is left until all is complete, merges, and
 * compares the folder with the reference.
 */
export async function runShardTrial(
  setup: ShardSetup,
  out: string,
  faults: readonly string[],
  random: Random,
): Promise<ShardTrialResult> {
  const mark = out;
  const left = [...faults];
  const injected: string[] = [];
  const problems: string[] = [];
  let submissions = 0;
  const env = { ...process.env, ...setup.cluster.env, [markName]: mark, ...quick };
  const call = (...words: readonly string[]) => runProgram(setup.cli, words, env);
  for (;;) {
    const words = [
      "submit",
      setup.config,
      "--output",
      out,
      "--device",
      "cpu",
      "--allow-local",
      "--shards",
      `${setup.shards}`,
    ];
    const { code, stderr } = await call(...words);
    if (code !== 0 && !/is using this folder|taken over|at the same moment/.test(stderr)) {
      problems.push(`submit ended with ${code}: ${stderr}`);
      break;
    }
    if (/\nNext: /.test(stderr)) {
      break;
    }
    if (submissions++ === maxSubmissions) {
      problems.push(`not complete after ${maxSubmissions} submissions`);
      break;
    }
    const jobs = jobsOf(out);
    const context: ShardFaultContext = { cluster: setup.cluster, mark, out, array: jobs[0] ?? "", random };
    problems.push(...(await strikeUntilEnd(context, jobs, left, injected)));
  }
  const survivors = await survivingProcesses(mark, orphanTimeoutMs);
  for (const { pid } of survivors) {
    kill(pid);
  }
  const merged = await call("merge", out);
  if (merged.code !== 0) {
    problems.push(`merge ended with ${merged.code}: ${merged.stderr}`);
  }
  for (const name of ["cluster", "report.html", "shards.json"]) {
    rmSync(join(out, name), { recursive: true, force: true });
  }
  problems.push(...folderDifferences(out, setup.reference));
  return { injected, submissions, problems, orphans: survivors.length };
}

/** Intervals that are short enough for sweeps of seconds. */
const quick = { SEGLOSS_CHECKPOINT_SECONDS: "0.2", SEGLOSS_HEARTBEAT_SECONDS: "0.5" };

/** Injects faults, moving them from `left` to `injected`, until the jobs have ended. Returns what went wrong. */
async function strikeUntilEnd(
  context: ShardFaultContext,
  jobs: readonly string[],
  left: string[],
  injected: string[],
): Promise<readonly string[]> {
  const { cluster, array, mark, random } = context;
  const end = performance.now() + hangMs;
  let aliveAt = performance.now();
  while (cluster.queue(jobs.join()).length > 0) {
    if (performance.now() > end) {
      cluster.run("scancel", ...jobs);
      return [`job ${array} did not end`];
    }
    await sleep(100 + 900 * random.next());
    const name = left[0];
    if (name !== undefined && (await shardFaults[name]?.(context))) {
      injected.push(name);
      left.shift();
    } else if (name !== undefined) {
      // There may be something to strike later.
      left.push(...left.splice(0, 1));
    }
    aliveAt = markedProcesses(mark).length > 0 ? performance.now() : aliveAt;
    if (performance.now() - aliveAt > lostTaskMs) {
      requeueLost(context);
      aliveAt = performance.now();
    }
  }
  return [];
}

/** Does what an administrator would: Slurm takes a task without its step daemon for running, for half an hour. */
function requeueLost({ cluster, array }: ShardFaultContext): void {
  for (const { name } of cluster.queue(array).filter(({ state }) => state === "RUNNING")) {
    try {
      cluster.run("scontrol", "requeue", name);
    } catch {
      // It has ended.
    }
  }
}

/** Returns the newest job array and the job after it. */
function jobsOf(out: string): readonly string[] {
  const { arrays, end } = JSON.parse(readFileSync(join(out, "cluster/submission.json"), "utf8"));
  return [arrays[0].id, end.id];
}

function runProgram(
  cli: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...words], { env, maxBuffer: 2 ** 24 }, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr });
    });
  });
}
