import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The environment variable that marks a process and all its children. */
export const markName = "SEGLOSS_FAULTS_MARK";

/** A process with a mark. */
export interface MarkedProcess {
  readonly pid: number;
  readonly isWorker: boolean;
}

/** Returns the running processes with a mark. Works only on Linux: elsewhere it finds none. */
export function markedProcesses(mark: string): readonly MarkedProcess[] {
  return allPids().flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      const isWorker = words.some((word) => /\bworkers\/main\.[jt]s$/.test(word));
      return environment.includes(`${markName}=${mark}`) ? [{ pid, isWorker }] : [];
    } catch {
      // The process has ended, or belongs to another user.
      return [];
    }
  });
}

function allPids(): readonly number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** Waits until no process has the mark, but not longer than `timeoutMs`. Returns those that are left. */
export async function survivingProcesses(mark: string, timeoutMs: number): Promise<readonly MarkedProcess[]> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const left = markedProcesses(mark);
    if (left.length === 0 || performance.now() > end) {
      return left;
    }
    await sleep(50);
  }
}

/** Sends a signal to a process, or to a group by its negative number. Does nothing if it has ended. */
export function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
