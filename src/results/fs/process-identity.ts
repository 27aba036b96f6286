import { execFileSync } from "node:child_process";
import { hostname } from "node:os";
import { readTextIfAny } from "./contents.js";

/** Identifies a process across pid reuse: pid, host and start time. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Start time in the system's own form; only compared for equality. */
  readonly started: string;
}

/** Returns the identity of this process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), started: startTime(process.pid) ?? "unknown" };
}

/** Returns true if a process is running; undefined if it is on another machine, where this cannot be found out. */
export function isRunning({ pid, host, started }: ProcessIdentity): boolean | undefined {
  if (host !== hostname()) {
    return undefined;
  }
  return startTime(pid) === started;
}

/** Returns when a process started; undefined if no process has this pid. */
function startTime(pid: number): string | undefined {
  return process.platform === "linux" ? linuxStartTime(pid) : otherStartTime(pid);
}

function linuxStartTime(pid: number): string | undefined {
  const stat = readTextIfAny(`/proc/${pid}/stat`);
  if (stat === undefined) {
    return undefined;
  }
  // The second field is the program's name in parentheses and may contain blanks. The 22nd is the start, in ticks since boot.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const isDead = fields[0] === "Z" || fields[0] === "X";
  const boot = readTextIfAny("/proc/sys/kernel/random/boot_id")?.trim();
  return isDead || boot === undefined ? undefined : `${fields[19]} ticks after boot ${boot}`;
}

function otherStartTime(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-p", String(pid), "-o", "lstart="], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}
