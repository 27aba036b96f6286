import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { escapeControls, printable } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";
import { batchJob } from "../batch-job.js";
import { readTextIfAny } from "../fs/contents.js";
import { withFileErrors } from "../fs/errors.js";
import { refuseUnlessPlainFile } from "../fs/guarded-write.js";
import { isRunning, thisProcess } from "../fs/process-identity.js";
import { lockFileName, type SweepPart } from "../paths.js";
import { heartbeatSeconds, startHeartbeat, watchLock } from "./heartbeat.js";
import {
  createLockFile,
  type FoundLock,
  formatLock,
  type LockContent,
  listLocks,
  parseLock,
  removeLockFile,
} from "./lock-file.js";

/** A folder's lock, held by this process until it is closed or the process ends. */
export interface FolderLock {
  /** Aborted, with a SeglossError as its reason, when another process has removed the lock or taken it over. */
  readonly lost: AbortSignal;
  readonly close: () => void;
}

/** How a folder is to be locked. */
export interface LockOptions {
  /** The part of the sweep that is locked, and a text that identifies the division; undefined for the whole sweep. */
  readonly shard?: { readonly part: SweepPart; readonly division: string };
  /** The texts of `--only`, so that a status can say which runs this process trains. */
  readonly only?: readonly string[];
  /** Called while waiting; true ends the attempt. */
  readonly shouldStop?: () => boolean;
  /** Called with a message before a wait of up to a minute. */
  readonly onWait?: (message: string) => void;
}

/** Attempts when several processes lock the folder at the same moment. */
const maxAttempts = 10;

/** A file that is no lock may be one that is being written. */
const incompleteSeconds = Math.min(2, heartbeatSeconds);

/**
 * Locks a sweep's folder. A lock of the whole sweep excludes all others; those of different parts exclude each other only if
 * they divide the sweep in different ways. The lock of a process that has ended is removed. Where that cannot be looked up,
 * because the process is on another machine or in another container, the lock is watched for heartbeats.
 *
 * Returns undefined if `shouldStop` returned true. Throws SeglossError, naming the process, if another sweep is running.
 */
export async function openLock(folder: string, options: LockOptions = {}): Promise<FolderLock | undefined> {
  const path = join(folder, lockFileName(options.shard?.part));
  const content: LockContent = {
    ...thisProcess(),
    beats: heartbeatSeconds,
    division: options.shard?.division,
    since: new Date().toISOString(),
    job: batchJob(),
    only: options.only,
    token: randomBytes(8).toString("hex"),
  };
  const text = formatLock(content);
  withFileErrors(path, () => refuseUnlessPlainFile(path), exitCode.usage);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (!(await clearLocksInTheWay(folder, options))) {
      return undefined;
    }
    if (withFileErrors(path, () => createLockFile(path, text), exitCode.usage)) {
      // Two processes may have locked different parts at the same moment: the one that sees another lock in its way removes its own.
      if (locksInTheWay(folder, options, path).length === 0) {
        return heldLock(path, text);
      }
      removeLockFile(path, text);
    }
    await sleep(50 + 200 * Math.random());
  }
  throw new SeglossError(`${escapeControls(path)}: other sweeps are locking this folder at the same moment`, {
    exitCode: exitCode.usage,
  });
}

function heldLock(path: string, text: string): FolderLock {
  const lost = new AbortController();
  const heartbeat = startHeartbeat(path, text, () => lost.abort(lostError(path)));
  const close = () => {
    process.off("exit", close);
    heartbeat.stop();
    if (readTextIfAny(path) === text) {
      removeLockFile(path, text);
    }
  };
  process.on("exit", close);
  return { lost: lost.signal, close };
}

/** Returns the paths of the locks that exclude the one that is wanted, except for `own`. */
function locksInTheWay(folder: string, options: LockOptions, own?: string): readonly string[] {
  return withFileErrors(folder, () => listLocks(folder), exitCode.usage)
    .filter((found) => excludes(folder, found, options))
    .map(({ name }) => join(folder, name))
    .filter((path) => path !== own);
}

function excludes(folder: string, { name, part }: FoundLock, { shard }: LockOptions): boolean {
  if (shard === undefined || part === undefined) {
    return true;
  }
  const isOtherPart = part.count === shard.part.count && part.index !== shard.part.index;
  return !isOtherPart || parseLock(readTextIfAny(join(folder, name)) ?? "")?.division !== shard.division;
}

/** Removes the locks of processes that have ended. Returns false if interrupted. Throws if one is held. */
async function clearLocksInTheWay(folder: string, options: LockOptions): Promise<boolean> {
  for (const path of locksInTheWay(folder, options)) {
    if (!(await clearLock(path, options))) {
      return false;
    }
  }
  return true;
}

/** Removes a lock unless its owner is running. Returns false if interrupted. Throws SeglossError if the lock is held. */
async function clearLock(path: string, options: LockOptions): Promise<boolean> {
  const { shouldStop = () => false, onWait = () => {} } = options;
  const text = readTextIfAny(path);
  if (text === undefined) {
    return true;
  }
  const holder = parseLock(text);
  if (holder !== undefined && isHeld(holder)) {
    throw heldError(path, holder);
  }
  if (holder === undefined || isRunning(holder) === undefined) {
    const beats = holder?.beats ?? incompleteSeconds / 4;
    if (holder !== undefined) {
      onWait(waitMessage(path, holder, beats * 4));
    }
    const seen = await watchLock(path, text, beats, shouldStop);
    if (seen === "touched" && holder !== undefined) {
      throw heldError(path, holder);
    }
    if (seen === "interrupted" || seen === "changed") {
      // A lock that has changed is looked at again in the next attempt.
      return seen === "changed";
    }
  }
  withFileErrors(path, () => removeLockFile(path, text), exitCode.usage);
  return true;
}

/** True if a lock is held, as far as that can be said without watching it. A lock of an older version cannot be watched. */
function isHeld(holder: LockContent): boolean {
  return isRunning(holder) ?? holder.beats === undefined;
}

function waitMessage(path: string, { pid, host }: LockContent, seconds: number): string {
  return `${escapeControls(path)}: waiting up to ${Math.ceil(seconds)} s to see whether process ${pid} on ${printable(host)} is still running`;
}

function heldError(path: string, holder: LockContent): SeglossError {
  const file = escapeControls(path);
  const isUnknown = holder.beats === undefined && isRunning(holder) === undefined;
  const advice = isUnknown ? `; if it is no longer running there, remove ${file}` : "";
  const message = `${file}: another sweep, process ${holder.pid} on ${printable(holder.host)}, is using this folder${advice}`;
  return new SeglossError(message, { exitCode: exitCode.usage });
}

function lostError(path: string): SeglossError {
  const holder = parseLock(readTextIfAny(path) ?? "");
  const how =
    holder === undefined
      ? "was removed"
      : `was taken over by process ${holder.pid} on ${printable(holder.host)}`;
  return new SeglossError(
    `${escapeControls(path)}: the lock of this sweep ${how}, so it has stopped; finished runs are intact`,
    { exitCode: exitCode.runFailed },
  );
}
