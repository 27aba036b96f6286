import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kill, markedProcesses, markName } from "./processes.js";

/** Where sweeps are started: all of one kind, in one program. */
export interface Ground {
  /** The built program. */
  readonly cli: string;
  readonly config: string;
  /** Known to all processes of this ground. */
  readonly mark: string;
  /** Where TensorFlow's compiled programs are kept. */
  readonly cache: string;
  readonly jobs: number;
}

/** A sweep under way. */
export interface Sweep {
  readonly child: ChildProcess;
  readonly out: string;
  readonly ended: Promise<Ended>;
  readonly hasEnded: () => boolean;
  /** Its worker processes. */
  readonly workers: () => readonly number[];
}

/** What a sweep left. */
export interface Ended {
  readonly code: number | NodeJS.Signals | null;
  readonly said: string;
  /** It did not end by itself in the longest time that is allowed. */
  readonly hung: boolean;
}

/** Nothing here takes longer, unless it hangs. */
const longestMs = 120_000;

/** Starts a sweep into a folder, in a process group of its own. */
export function startSweep(ground: Ground, out: string, ...flags: readonly string[]): Sweep {
  const { cli, config, mark, cache, jobs } = ground;
  const child = spawn(
    process.execPath,
    [cli, "sweep", config, "--out", out, "--jobs", String(jobs), "--device", "cpu", ...flags],
    {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        [markName]: mark,
        SEGLOSS_CACHE: cache,
        // Often enough that a short sweep leaves some.
        SEGLOSS_CHECKPOINT_SECONDS: "0.2",
      },
    },
  );
  let said = "";
  let hung = false;
  let hasEnded = false;
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const timer = setTimeout(() => {
    hung = true;
    for (const { pid } of markedProcesses(mark)) {
      kill(pid);
    }
  }, longestMs);
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      hasEnded = true;
      resolve({ code: code ?? signal, said, hung });
    });
  });
  const workers = () => markedProcesses(mark).flatMap(({ pid, isWorker }) => (isWorker ? [pid] : []));
  return { child, out, ended, hasEnded: () => hasEnded, workers };
}

/** Bytes of all CSVs below a folder, finished or not. */
export function csvBytes(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /run-\d+\.csv(\.partial)?$/.test(name))
      .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
  } catch {
    // It is not there yet, or no longer.
    return 0;
  }
}

/** Waits until a sweep has written so many bytes of CSV, or has ended. */
export async function untilWritten(sweep: Sweep, bytes: number): Promise<void> {
  while (!sweep.hasEnded() && csvBytes(sweep.out) < bytes) {
    await sleep(10);
  }
}
