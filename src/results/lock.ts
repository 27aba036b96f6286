import { closeSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { escapeControls, printable } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { readTextIfAny } from "./fs/contents.js";
import { createFile, writeAll } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";
import { isRunning, type ProcessIdentity, thisProcess } from "./fs/process-identity.js";
import { lockFileName } from "./paths.js";

/** A folder's lock, held by this process until it is closed or the process ends. */
export interface FolderLock {
  readonly close: () => void;
}

/** Locks a sweep's folder. Throws SeglossError, naming the process, if a sweep that is still running holds the lock. */
export function openLock(folder: string): FolderLock {
  const path = join(folder, lockFileName);
  const own = `${JSON.stringify(thisProcess())}\n`;
  withFileErrors(path, () => acquire(path, own), exitCode.usage);
  const close = () => {
    process.off("exit", close);
    if (readTextIfAny(path) === own) {
      rmSync(path, { force: true });
    }
  };
  process.on("exit", close);
  return { close };
}

function acquire(path: string, own: string): void {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (tryCreate(path, own)) {
      return;
    }
    const found = readTextIfAny(path);
    if (found === undefined) {
      continue;
    }
    const holder = parseHolder(found);
    if (holder !== undefined && isRunning(holder) !== false) {
      throw heldError(path, holder);
    }
    removeStale(path, found);
  }
  throw new SeglossError(`${escapeControls(path)}: other sweeps are locking this folder at the same moment`, {
    exitCode: exitCode.usage,
  });
}

/** Links a file that is already written to the lock's name: the lock exists with its text or not at all, and one process wins. */
function tryCreate(path: string, own: string): boolean {
  const temporary = privatePath(path);
  const descriptor = createFile(temporary);
  try {
    writeAll(descriptor, Buffer.from(own));
    linkOrCreate(temporary, path, own);
    return true;
  } catch (error) {
    if (isFileError(error) && error.code === "EEXIST") {
      return false;
    }
    throw error;
  } finally {
    closeSync(descriptor);
    rmSync(temporary, { force: true });
  }
}

/** Some file systems have no hard links; on those the lock is empty for a moment. */
function linkOrCreate(temporary: string, path: string, own: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!isFileError(error) || !["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(error.code ?? "")) {
      throw error;
    }
    const descriptor = openSync(path, "wx");
    try {
      writeAll(descriptor, Buffer.from(own));
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Moves a dead process's lock away. If another sweep has created its own lock in the meantime, that one is restored. */
function removeStale(path: string, stale: string): void {
  const aside = privatePath(path);
  try {
    renameSync(path, aside);
    if (readTextIfAny(aside) !== stale) {
      linkSync(aside, path);
    }
  } catch (error) {
    if (!isFileError(error) || (error.code !== "ENOENT" && error.code !== "EEXIST")) {
      throw error;
    }
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Returns a name beside the lock that no other process uses. */
function privatePath(path: string): string {
  return `${path}.${process.pid}`;
}

const holderSchema = z.object({ pid: z.number().int().positive(), host: z.string(), started: z.string() });

/** Returns the process that a lock's text names; undefined if it names none, so that the lock is stale. */
function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function heldError(path: string, holder: ProcessIdentity): SeglossError {
  const file = escapeControls(path);
  const advice = isRunning(holder) === undefined ? `; if it is no longer running there, remove ${file}` : "";
  const message = `${file}: another sweep, process ${holder.pid} on ${printable(holder.host)}, is using this folder${advice}`;
  return new SeglossError(message, { exitCode: exitCode.usage });
}
