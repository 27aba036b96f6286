import { closeSync, realpathSync, renameSync, rmSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { escapeControls } from "../../config/problems.js";
import { exitCode } from "../../errors.js";
import { temporaryName } from "../paths.js";
import { lstatIfAny } from "./contents.js";
import { createFile, createFolder, createFolders, writeAll } from "./durable.js";
import { pathError, withFileErrors } from "./errors.js";

/**
 * Writes a file below `root`, the folder that the user named, and replaces it only once the new content is complete. No
 * link below `root` is followed: neither a folder on the way to the file nor the file itself may be one. Missing folders
 * are created. Throws SeglossError on disk errors and on anything but a plain file in the file's place.
 */
export function writeGuarded(root: string, path: string, content: Uint8Array | string): void {
  const file = openGuardedFile(root, path);
  try {
    file.append(typeof content === "string" ? Buffer.from(content) : content);
    file.finish();
  } finally {
    file.close();
  }
}

/** A file that is written piece by piece, and that has its name only once it is complete. */
export interface GuardedFile {
  /** Appends bytes. Throws SeglossError on disk errors. */
  append(bytes: Uint8Array): void;
  /** Completes the file, which replaces an older one of its name. Throws SeglossError on disk errors. */
  finish(): void;
  /** Removes what was written, unless the file is complete. */
  close(): void;
}

/** Opens a file that is guarded as by `writeGuarded`, for content that does not fit into memory. Throws as that does. */
export function openGuardedFile(root: string, path: string): GuardedFile {
  const temporary = temporaryName(path);
  const descriptor = guarded(path, () => {
    prepareFile(root, path);
    return createFile(temporary);
  });
  let isOpen = true;
  const closeOnce = () => {
    if (isOpen) {
      isOpen = false;
      closeSync(descriptor);
    }
  };
  return {
    append: (bytes) => guarded(path, () => writeAll(descriptor, bytes)),
    finish() {
      closeOnce();
      guarded(path, () => renameSync(temporary, path));
    },
    close() {
      closeOnce();
      rmSync(temporary, { force: true });
    },
  };
}

/** Moves a complete file below `root` to its place, which is guarded as by `writeGuarded`. Throws as that does. */
export function moveGuarded(root: string, from: string, path: string): void {
  guarded(path, () => {
    prepareFile(root, path);
    renameSync(from, path);
  });
}

/** Creates the folders that a file needs. Throws SeglossError unless the file may be written. */
function prepareFile(root: string, path: string): void {
  createFolders(root);
  for (const folder of foldersBetween(root, path)) {
    createFolder(folder);
  }
  refuseUnlessPlainFile(path);
  refuseOutside(root, path);
}

function guarded<Result>(path: string, work: () => Result): Result {
  return withFileErrors(path, work, exitCode.usage);
}

/** Throws SeglossError if a path is there and is not a plain file: it may not be replaced. Throws other disk errors. */
export function refuseUnlessPlainFile(path: string): void {
  const kind = specialKind(path);
  if (kind !== undefined) {
    throw pathError(path, `it is ${kind}; only a plain file is replaced`);
  }
}

/** Returns what a path is if it is there and is not a plain file, links not followed. Throws other disk errors. */
export function specialKind(path: string): string | undefined {
  const stats = lstatIfAny(path);
  if (stats === undefined || stats.isFile()) {
    return undefined;
  }
  if (stats.isSymbolicLink()) {
    return "a symbolic link";
  }
  if (stats.isDirectory()) {
    return "a folder";
  }
  return stats.isFIFO() ? "a named pipe" : stats.isSocket() ? "a socket" : "a device";
}

/** Returns the folders below `root` that lead to a path below it, the outermost first. */
function foldersBetween(root: string, path: string): readonly string[] {
  const parts = relative(root, dirname(path)).split(sep);
  if (parts[0] === "..") {
    throw pathError(path, `it is outside ${escapeControls(root)}`);
  }
  return parts[0] === "" ? [] : parts.map((_, index) => join(root, ...parts.slice(0, index + 1)));
}

/** Checks where the file's folder really is, whatever its path looks like. */
function refuseOutside(root: string, path: string): void {
  const way = relative(realpathSync(root), realpathSync(dirname(path)));
  if (way.split(sep)[0] === ".." || isAbsolute(way)) {
    throw pathError(path, `it leads outside ${escapeControls(root)}`);
  }
}
