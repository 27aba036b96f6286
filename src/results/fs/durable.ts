import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Opens a new file of this name for writing, in place of what has it: a link is removed, never followed. Throws disk errors. */
export function createFile(path: string): number {
  rmSync(path, { force: true });
  return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
}

/** Opens a file for reading anywhere and writing at its end, unless it is a link. Throws disk errors. */
export function reopenFile(path: string): number {
  return openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW);
}

/** Writes the whole of the bytes: a single call may take only some of them. Throws disk errors. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written);
  }
}

/** Replaces a file so that, whenever power fails, either the old or the new text is there whole. Throws disk errors. */
export function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), `${basename(path)}.tmp`);
  const descriptor = createFile(temporary);
  try {
    writeAll(descriptor, Buffer.from(text));
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  moveFile(temporary, path);
}

/** Renames a file that is already on the disk, and has the folder written too. Throws disk errors. */
export function moveFile(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

/** Has a folder's list of names written to the disk; where folders cannot be, that is left to the system. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, O_RDONLY);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (
      !(error instanceof Error && "code" in error && (error.code === "EINVAL" || error.code === "ENOTSUP"))
    ) {
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** What a path itself is, links unfollowed; undefined if nothing is there. Throws other disk errors. */
export function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
