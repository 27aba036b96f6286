import { createHash, type Hash } from "node:crypto";
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync, type Stats } from "node:fs";
import { isFileError } from "./errors.js";

/** Returns the status of a path itself, links not followed; undefined if nothing is there. Throws other disk errors. */
export function lstatIfAny(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Returns the text of a file; undefined if it cannot be read, for whatever reason. */
export function readTextIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
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
    if (isFileError(error) && error.code === "ENOENT") {
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
