import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { readTextIfAny } from "./contents.js";
import { isFileError } from "./errors.js";

/** Identifies a process across pid reuse, containers and machines. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** The machine's own id, because hosts may share a name. Undefined where the system has none, as in many containers. */
  readonly machine?: string | undefined;
  /** The PID namespace: a pid means nothing in another one. Undefined where the system has none. */
  readonly namespace?: string | undefined;
  /** Start time in the system's own form, on Linux with the boot that it counts from; only compared for equality. */
  readonly started: string;
}

/** The namespace of processes outside containers has the same name on every Linux (PROC_PID_INIT_INO). */
const initialNamespace = "pid:[4026531836]";

const bootMark = " ticks after boot ";

/** Returns the identity of this process. */
export function thisProcess(): ProcessIdentity {
  return {
    pid: process.pid,
    host: hostname(),
    machine: machineId(),
    namespace: pidNamespace(),
    started: startTime(process.pid) ?? "unknown",
  };
}

/**
 * Returns whether a process is running; undefined if that cannot be found out from here, because it is on another machine
 * or in another container.
 */
export function isRunning(
  process: ProcessIdentity,
  here: ProcessIdentity = thisProcess(),
): boolean | undefined {
  if (process.host !== here.host || areDifferent(process.machine, here.machine)) {
    return undefined;
  }
  if (areDifferent(bootOf(process), bootOf(here))) {
    return hasRebooted(process, here) ? false : undefined;
  }
  if (areDifferent(process.namespace, here.namespace)) {
    return undefined;
  }
  return startTime(process.pid) === process.started;
}

/** An id that one of them lacks says nothing: an older version did not write it. */
function areDifferent(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

/**
 * Another boot of this machine has ended all its processes. But the machine is known to be this one only outside containers:
 * containers on different machines can have the same machine id, from their image.
 */
function hasRebooted(process: ProcessIdentity, here: ProcessIdentity): boolean {
  return (
    process.machine !== undefined &&
    process.machine === here.machine &&
    process.namespace === initialNamespace &&
    here.namespace === initialNamespace
  );
}

function bootOf({ started }: ProcessIdentity): string | undefined {
  return started.split(bootMark)[1];
}

function machineId(): string | undefined {
  return readTextIfAny("/etc/machine-id")?.trim() || undefined;
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
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
  return isDead || boot === undefined ? undefined : `${fields[19]}${bootMark}${boot}`;
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
