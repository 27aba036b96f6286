import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { printable } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { createFile, writeAll } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";
import { isRunning, type ProcessIdentity, thisProcess } from "./fs/process-identity.js";

export const lockName = "sweep.lock";

const schema = z.object({ pid: z.number().int().positive(), host: z.string(), started: z.string() });

/** A folder that is this process's own until it is released or the process ends. */
export interface Lock {
  readonly release: () => void;
}

/** Locks a sweep's folder; throws SeglossError, naming the process, if another sweep that still runs has it. */
export function lockFolder(folder: string): Lock {
  const path = join(folder, lockName);
  const mine = `${JSON.stringify(thisProcess())}\n`;
  withFileErrors(path, () => take(path, mine), exitCode.usage);
  const release = () => {
    process.off("exit", release);
    if (textOf(path) === mine) {
      rmSync(path, { force: true });
    }
  };
  process.on("exit", release);
  return { release };
}

function take(path: string, mine: string): void {
  for (let attempt = 0; attempt < 5; attempt++) {
    if (create(path, mine)) {
      return;
    }
    const found = textOf(path);
    if (found === undefined) {
      continue;
    }
    const owner = ownerOf(found);
    if (owner !== undefined && isRunning(owner) !== false) {
      throw held(path, owner);
    }
    removeStale(path, found);
  }
  throw new SeglossError(`${path}: other sweeps take this folder at the same moment`, {
    exitCode: exitCode.usage,
  });
}

/** Links a written file to the lock's name: the lock is there with its text or not at all, and only one can make it. */
function create(path: string, mine: string): boolean {
  const temporary = `${path}.${process.pid}`;
  const descriptor = createFile(temporary);
  try {
    writeAll(descriptor, Buffer.from(mine));
    linkOrCreate(temporary, path, mine);
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

/** Some file systems have no links; there, for a moment, the lock is empty. */
function linkOrCreate(temporary: string, path: string, mine: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!isFileError(error) || !["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(error.code ?? "")) {
      throw error;
    }
    const descriptor = openSync(path, "wx");
    writeAll(descriptor, Buffer.from(mine));
    closeSync(descriptor);
  }
}

/** Moves a dead process's lock away; if in that moment another sweep has put its own there, gives that back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (textOf(aside) !== stale) {
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

function ownerOf(text: string): ProcessIdentity | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function held(path: string, owner: ProcessIdentity): SeglossError {
  const elsewhere = isRunning(owner) === undefined ? `; if it no longer runs there, remove ${path}` : "";
  const message = `${path}: another sweep, process ${owner.pid} on ${printable(owner.host)}, is at work in this folder${elsewhere}`;
  return new SeglossError(message, { exitCode: exitCode.usage });
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}
