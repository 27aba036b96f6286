import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  type Stats,
} from "node:fs";
import { fileError, isFileError } from "./errors.js";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Of the files that segloss writes for itself; the largest is summary.csv, with a row for each run. */
const maxTextBytes = 64 * 2 ** 20;

/** Returns the status of a path itself, links not followed; undefined if nothing is there. Throws other disk errors. */
export function lstatIfAny(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Returns whether a disk error means that there is no such file; on a network, that another machine has removed it. */
export function isGone(error: unknown): boolean {
  return isFileError(error) && (error.code === "ENOENT" || error.code === "ESTALE");
}

/**
 * Returns the bytes of a plain file. Throws disk errors, also for what is no plain file and might block or never end, such as
 * a pipe or a device, and for a file of more than `maxBytes`.
 *
 * @param options.follow false if the file may not be a symbolic link
 */
export function readPlainFile(
  path: string,
  maxBytes: number,
  { follow = true }: { readonly follow?: boolean } = {},
): Buffer {
  // O_NONBLOCK: opening a pipe would otherwise wait for its writer.
  const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) {
      throw fileError(stats.isDirectory() ? "EISDIR" : "NOT_PLAIN", path);
    }
    if (stats.size > maxBytes) {
      throw fileError("TOO_LARGE", path);
    }
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Returns the text of a small plain file; undefined if it cannot be read, for whatever reason. */
export function readTextIfAny(path: string): string | undefined {
  try {
    return readPlainFile(path, maxTextBytes).toString();
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Returns the names in a folder, none if it does not exist. Throws other disk errors. */
export function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isGone(error)) {
      return [];
    }
    throw error;
  }
}

/** Returns the sha256 of a file, in hex. Throws disk errors. */
export function sha256OfFile(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    return hashFile(descriptor).digest("hex");
  } finally {
    closeSync(descriptor);
  }
}

/** Returns a sha256 that has taken in the first `bytes` bytes of an open file and can be continued. Throws disk errors. */
export function hashFile(descriptor: number, bytes = Number.POSITIVE_INFINITY): Hash {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(2 ** 18);
  for (let offset = 0; offset < bytes; ) {
    const count = readSync(descriptor, chunk, 0, Math.min(chunk.length, bytes - offset), offset);
    if (count === 0) {
      break;
    }
    hash.update(chunk.subarray(0, count));
    offset += count;
  }
  return hash;
}
