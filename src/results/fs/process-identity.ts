import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { isFileError } from "./errors.js";

/** A process, so told that no later one is taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it started, as the system tells it; process numbers are used again. */
  readonly started: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid) ?? "unknown" };
}

/** Whether a process runs; undefined if it is on another machine, where nobody can tell. */
export function isRunning({ pid, host, started }: ProcessIdentity): boolean | undefined {
  if (host !== hostname()) {
    return undefined;
  }
  return startOf(pid) === started;
}

/** When a process started; undefined if there is none of this number. */
function startOf(pid: number): string | undefined {
  return process.platform === "linux" ? linuxStart(pid) : otherStart(pid);
}

function linuxStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name, the second field, is in parentheses and may hold blanks; the start is the 22nd, in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") {
      return undefined;
    }
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${fields[19]} ticks after boot ${boot}`;
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}

function otherStart(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-p", String(pid), "-o", "lstart="], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return undefined;
  }
}
