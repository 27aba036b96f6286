import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The variable by which a process and all its children are known. */
export const markName = "SEGLOSS_FAULTS_MARK";

export interface Marked {
  readonly pid: number;
  readonly isWorker: boolean;
}

/** The living processes that were started with a mark, or by one that was. Linux only: elsewhere none are found. */
export function markedProcesses(mark: string): readonly Marked[] {
  return pids().flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const isWorker = words.some((word) => /\bworkers\/main\.[jt]s$/.test(word));
      return environment.includes(`${markName}=${mark}`) ? [{ pid, isWorker }] : [];
    } catch {
      // It is gone, or another user's.
      return [];
    }
  });
}

function pids(): readonly number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Those that are still there after so many milliseconds; returns as soon as there are none. */
export async function survivors(mark: string, patienceMs: number): Promise<readonly Marked[]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const left = markedProcesses(mark);
    if (left.length === 0 || performance.now() > end) {
      return left;
    }
    await sleep(50);
  }
}

/** Kills a process, unless it is gone. */
export function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone.
  }
}
