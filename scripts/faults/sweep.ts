import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Disk } from "./disk.js";
import { kill, markedProcesses, markName } from "./processes.js";
import type { Random } from "./random.js";

/** What all sweeps of a test have in common. */
export interface SweepSetup {
  /** Path of the built program. */
  readonly cli: string;
  /** Path of the config. */
  readonly config: string;
  /** Marks all processes of the test (see processes.ts). */
  readonly mark: string;
  /** The folder of compiled programs. */
  readonly cache: string;
  readonly jobs: number;
}

/** What a fault needs to know. */
export interface FaultContext {
  readonly setup: SweepSetup;
  /** The output folder. */
  readonly out: string;
  readonly random: Random;
  /** The file system below the output folder; undefined if no fault of the trial needs one. */
  readonly disk: Disk | undefined;
  /** Bytes of CSV of an undisturbed sweep. */
  readonly bytes: number;
}

/** A sweep under way. */
export interface RunningSweep {
  readonly child: ChildProcess;
  /** Its output folder. */
  readonly out: string;
  readonly ended: Promise<EndedSweep>;
  readonly hasEnded: () => boolean;
  /** Returns the pids of its workers. */
  readonly workers: () => readonly number[];
}

/** How a sweep ended. */
export interface EndedSweep {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stderr: string;
  /** It was killed because it had not ended within `hangMs`. */
  readonly hung: boolean;
}

/** A sweep of these tests takes seconds; one that takes this long hangs. */
const hangMs = 120_000;

/** Starts a sweep into a folder, in a process group of its own. */
export function startSweep(setup: SweepSetup, out: string): RunningSweep {
  const { cli, config, mark, cache, jobs } = setup;
  const child = spawn(
    process.execPath,
    [cli, "sweep", config, "--out", out, "--jobs", String(jobs), "--device", "cpu"],
    {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        [markName]: mark,
        SEGLOSS_XLA_CACHE: cache,
        // Often enough that a short sweep writes some.
        SEGLOSS_CHECKPOINT_SECONDS: "0.2",
      },
    },
  );
  let stderr = "";
  let hung = false;
  let hasEnded = false;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const timer = setTimeout(() => {
    hung = true;
    for (const { pid } of markedProcesses(mark)) {
      kill(pid);
    }
  }, hangMs);
  const ended = new Promise<EndedSweep>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      hasEnded = true;
      resolve({ code: code ?? signal, stderr, hung });
    });
  });
  const workers = () => markedProcesses(mark).flatMap(({ pid, isWorker }) => (isWorker ? [pid] : []));
  return { child, out, ended, hasEnded: () => hasEnded, workers };
}

/** Returns the bytes of all CSVs in an output folder, finished or not. */
export function csvBytes(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /run-\d+\.csv(\.partial)?$/.test(name))
      .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
  } catch {
    // The folder does not exist yet, or no longer.
    return 0;
  }
}

/** Waits until a sweep has written this many bytes of CSV, or has ended. */
export async function untilWritten(sweep: RunningSweep, bytes: number): Promise<void> {
  while (!sweep.hasEnded() && csvBytes(sweep.out) < bytes) {
    await sleep(10);
  }
}
