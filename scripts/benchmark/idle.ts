import { readFileSync } from "node:fs";

// How much of a sweep's time the cores were idle, by what Linux says about its processes.

/** Shares of all cores during the whole of a sweep. */
export interface IdleShares {
  /** From the end of each worker to the end of the last one. */
  readonly atEnd: number;
  /** All time in which no process of the sweep had a core, its start included. */
  readonly altogether: number;
}

/** What was observed of a sweep; times in seconds. */
export interface ObservedSweep {
  /** When each worker process had ended. */
  readonly workerEnds: readonly number[];
  readonly wall: number;
  /** CPU time of all its processes. */
  readonly cpu: number;
  readonly cores: number;
}

/** Observes the workers of a process until it is closed. */
export interface WorkerWatch {
  /** Returns what was observed. Call it when the process has ended and was waited for. */
  close(): Pick<ObservedSweep, "workerEnds" | "cpu">;
}

/** Milliseconds between two looks at the workers. A look takes a twentieth of a millisecond. */
const interval = 20;

/** Ticks of the CPU times in /proc: USER_HZ, which is 100 for all programs on Linux. */
const ticksPerSecond = 100;

/** Returns the idle shares of a sweep; NaN at the end if no worker was seen. */
export function idleShares({ workerEnds, wall, cpu, cores }: ObservedSweep): IdleShares {
  const last = Math.max(...workerEnds);
  const idle = workerEnds.reduce((total, end) => total + last - end, 0);
  const atEnd = workerEnds.length === 0 ? Number.NaN : idle / (cores * wall);
  return { atEnd, altogether: 1 - cpu / (cores * wall) };
}

/**
 * Watches the workers among a process's children. Returns undefined where there is no /proc. A worker ends as soon as there
 * is no run left for it, so its end is when its core becomes idle for good.
 */
export function watchWorkers(pid: number): WorkerWatch | undefined {
  const cpuBefore = childrenCpu();
  if (cpuBefore === undefined) {
    return undefined;
  }
  const seen = new Map<string, number>();
  const others = new Set<string>();
  const timer = setInterval(() => {
    const now = performance.now() / 1000;
    for (const child of readText(`/proc/${pid}/task/${pid}/children`).split(" ")) {
      if (seen.has(child) || isWorker(child, others)) {
        seen.set(child, now);
      }
    }
  }, interval);
  return {
    close() {
      clearInterval(timer);
      return { workerEnds: [...seen.values()], cpu: (childrenCpu() ?? Number.NaN) - cpuBefore };
    },
  };
}

/** Returns whether a child runs the program of a worker; remembers in `others` those that do not. */
function isWorker(child: string, others: Set<string>): boolean {
  if (child === "" || others.has(child)) {
    return false;
  }
  const command = readText(`/proc/${child}/cmdline`);
  // Until it executes its program, a child has the command of its parent, or none.
  if (command !== "" && !command.includes("/cli.js")) {
    if (command.includes("/workers/main.")) {
      return true;
    }
    others.add(child);
  }
  return false;
}

/** CPU seconds of all processes that this one and its children have waited for; undefined if there is no /proc. */
function childrenCpu(): number | undefined {
  return parseChildrenCpu(readText("/proc/self/stat"));
}

/** Returns the CPU seconds of waited-for children in a text of /proc/<pid>/stat; undefined if the text is empty. */
export function parseChildrenCpu(stat: string): number | undefined {
  if (stat === "") {
    return undefined;
  }
  // The second field is the program's name in parentheses and may contain blanks. cutime and cstime are the 16th and 17th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}

/** Returns a file's text, or "" if it cannot be read: its process may have ended. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
