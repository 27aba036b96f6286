import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { escapeControls } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";
import { temporaryName } from "../paths.js";
import { lstatIfAny } from "./contents.js";
import { isFileError } from "./errors.js";

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/**
 * Creates a file with this text, unless there is a file of that name. The file appears with its whole text. Returns false if
 * there was one. Throws disk errors.
 */
export function createFileIfAbsent(path: string, text: string): boolean {
  const temporary = temporaryName(path);
  const descriptor = createFile(temporary);
  try {
    writeAll(descriptor, Buffer.from(text));
    fsyncSync(descriptor);
    const isCreated = linkIfAbsent(temporary, path);
    if (isCreated) {
      syncFolder(dirname(path));
    }
    return isCreated;
  } catch (error) {
    if (isFileError(error) && noLinkCodes.includes(error.code ?? "")) {
      return writeIfAbsent(path, text);
    }
    throw error;
  } finally {
    closeSync(descriptor);
    rmSync(temporary, { force: true });
  }
}

/** What a file system without hard links answers. */
const noLinkCodes: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Links a file to another name, unless that exists. Returns false if it does. Throws disk errors. */
export function linkIfAbsent(existing: string, path: string): boolean {
  return isNewlyCreated(() => linkSync(existing, path));
}

/** Without hard links, the file is empty for a moment. */
function writeIfAbsent(path: string, text: string): boolean {
  return isNewlyCreated(() => {
    const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
    try {
      writeAll(descriptor, Buffer.from(text));
    } finally {
      closeSync(descriptor);
    }
  });
}

function isNewlyCreated(create: () => void): boolean {
  try {
    create();
    return true;
  } catch (error) {
    if (isFileError(error) && error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

/**
 * Replaces a file so that, whenever power fails, either the old or the new contents are there, whole. Throws disk errors.
 */
export function replaceFile(path: string, contents: string | Uint8Array): void {
  const temporary = temporaryName(path);
  const descriptor = createFile(temporary);
  try {
    writeAll(descriptor, typeof contents === "string" ? Buffer.from(contents) : contents);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  moveFile(temporary, path);
}

/** Creates a file for writing. A file or link of that name is removed first, so that no link is followed. Throws disk errors. */
export function createFile(path: string): number {
  rmSync(path, { force: true });
  return openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o666);
}

/** Opens a file for reading anywhere and for writing at its end. Throws disk errors, also if the file is a link. */
export function reopenFile(path: string): number {
  return openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW);
}

/** Writes all bytes; a single system call may write only some of them. Throws disk errors. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written);
  }
}

/** Renames a file that has been synced, and syncs its folder. Throws disk errors. */
export function moveFile(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

/** Creates a folder unless it exists. Throws disk errors, and SeglossError if it is a link. */
export function createFolder(folder: string): void {
  if (lstatIfAny(folder) === undefined) {
    mkdirIfNone(folder);
    syncFolder(dirname(folder));
  }
  refuseLink(folder);
}

/** Throws SeglossError if a folder is a symbolic link, which may lead outside the output folder. Throws other disk errors. */
export function refuseLink(folder: string): void {
  if (lstatIfAny(folder)?.isSymbolicLink()) {
    const message = `${escapeControls(folder)}: it is a symbolic link; segloss writes only within the output folder`;
    throw new SeglossError(message, { exitCode: exitCode.usage });
  }
}

/**
 * Creates a folder and those that it is in, unless they exist; links are followed. Throws disk errors. Node's own recursive
 * mkdir never returns for a folder where none can be created, such as one in /proc.
 */
export function createFolders(folder: string): void {
  const missing: string[] = [];
  for (let path = resolve(folder); !isFolder(path); path = dirname(path)) {
    missing.unshift(path);
  }
  try {
    missing.forEach(mkdirIfNone);
  } catch (error) {
    if (isFileError(error) && error.code === "ENOENT") {
      const message = `${escapeControls(folder)}: no folder can be created there`;
      throw new SeglossError(message, { exitCode: exitCode.usage, cause: error });
    }
    throw error;
  }
}

/** Another process may create the same folder at the same time. */
function mkdirIfNone(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!isFileError(error) || error.code !== "EEXIST" || !isFolder(folder)) {
      throw error;
    }
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Syncs a folder's list of names to the disk. Some file systems cannot; they decide themselves when to write it. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, O_RDONLY);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!isFileError(error) || (error.code !== "EINVAL" && error.code !== "ENOTSUP")) {
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}
