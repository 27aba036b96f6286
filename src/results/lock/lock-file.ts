import { renameSync, rmSync } from "node:fs";
import { z } from "zod";
import { listNames, readTextIfAny } from "../fs/contents.js";
import { createFileIfAbsent, linkIfAbsent } from "../fs/durable.js";
import { isFileError } from "../fs/errors.js";
import type { ProcessIdentity } from "../fs/process-identity.js";
import { parseLockFileName, type SweepPart, temporaryName } from "../paths.js";

/** What a lock's file says. */
export interface LockContent extends ProcessIdentity {
  /** Seconds between two heartbeats. Undefined in a lock of an older version, which has none. */
  readonly beats?: number | undefined;
  /** Identifies the way in which the sweep is divided; undefined for a lock of the whole sweep. */
  readonly division?: string | undefined;
  /** When the folder was locked. Undefined in a lock of an older version, as are the two that follow. */
  readonly since?: string | undefined;
  /** See `batchJob`; undefined outside a job. */
  readonly job?: string | undefined;
  /** The texts of `--only`: the sweep trains only the runs that they select. */
  readonly only?: readonly string[] | undefined;
  /** Random, so that a process knows its own lock from any other. */
  readonly token?: string | undefined;
}

const schema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  machine: z.string().optional(),
  namespace: z.string().optional(),
  started: z.string(),
  beats: z.number().positive().max(60).optional(),
  division: z.string().optional(),
  since: z.iso.datetime().optional(),
  job: z.string().optional(),
  only: z.array(z.string()).optional(),
  token: z.string().optional(),
});

/** Returns a lock's text. */
export function formatLock(content: LockContent): string {
  return `${JSON.stringify(content)}\n`;
}

/** Returns what a lock's text says; undefined if that is no lock, as when it is not written completely. */
export function parseLock(text: string): LockContent | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Creates a lock's file with this text. Returns false if there is one already. Throws disk errors. */
export function createLockFile(path: string, text: string): boolean {
  if (createFileIfAbsent(path, text)) {
    return true;
  }
  // A network file system may lose the reply to a request that it has carried out, and refuse its repetition.
  return readTextIfAny(path) === text;
}

/** Removes a lock's file if it still has this text. Throws disk errors. */
export function removeLockFile(path: string, text: string): void {
  const aside = temporaryName(path);
  try {
    renameSync(path, aside);
    if (readTextIfAny(aside) !== text) {
      // Another sweep has locked the folder in the meantime: its lock is put back.
      linkIfAbsent(aside, path);
    }
  } catch (error) {
    if (!isFileError(error) || error.code !== "ENOENT") {
      throw error;
    }
  } finally {
    rmSync(aside, { force: true });
  }
}

/** A lock in a folder. */
export interface FoundLock {
  readonly name: string;
  readonly part: SweepPart | undefined;
}

/** Returns the locks in a folder. Throws disk errors. */
export function listLocks(folder: string): readonly FoundLock[] {
  return listNames(folder).flatMap((name) => {
    const parsed = parseLockFileName(name);
    return parsed === undefined ? [] : [{ name, part: parsed.part }];
  });
}
