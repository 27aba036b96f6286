import { createHash, type Hash } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, ftruncateSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import type { Run } from "../study/run.js";
import { csvLine, header } from "./columns.js";
import { hashFile, lstatIfAny } from "./fs/contents.js";
import { createFile, createFolder, moveFile, reopenFile, writeAll } from "./fs/durable.js";
import { withFileErrors } from "./fs/errors.js";
import { csvFileName, partialName } from "./paths.js";

/** How much of a run's CSV is written. */
export interface CsvProgress {
  readonly bytes: number;
  /** Rows without the header. */
  readonly rows: number;
  /** Of those bytes, in hex. */
  readonly sha256: string;
}

/** A finished CSV as its record describes it. */
export interface FinishedCsv extends CsvProgress {
  /** Its name within the cell's folder. */
  readonly file: string;
}

/**
 * Writes the CSV of a run in progress, under a partial name until it is complete. The file is open only during a call, so
 * that any number of runs can be in progress. Every method throws SeglossError on disk errors, and if another program has
 * changed the file.
 */
export interface CsvWriter {
  /** Appends complete rows. */
  readonly append: (rows: string) => void;
  /** Syncs all rows so far to the disk, so that a checkpoint can rely on them. */
  readonly sync: () => CsvProgress;
  /** Syncs the file and renames it to its final name. */
  readonly finish: () => FinishedCsv;
  /** Removes the file. */
  readonly abandon: () => void;
}

/** Starts a run's CSV in its cell's folder, which is created if needed, and writes the header. Throws SeglossError on disk errors. */
export function createRunCsv(folder: string, run: Run): CsvWriter {
  withFileErrors(folder, () => createFolder(folder));
  return createCsv(join(folder, csvFileName(run.repetition)), run);
}

/** Starts a run's CSV under any name in an existing folder, and writes the header. Throws SeglossError on disk errors. */
export function createCsv(path: string, run: Run): CsvWriter {
  const partial = partialName(path);
  const descriptor = withFileErrors(path, () => createFile(partial));
  const { ino } = fstatSync(descriptor);
  closeSync(descriptor);
  const writer = csvWriter(path, ino, createHash("sha256"), { bytes: 0, rows: -1 });
  try {
    writer.append(csvLine(header(run)));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  return writer;
}

/**
 * Continues an unfinished CSV, cut to the given progress. Returns undefined if the file does not start with those bytes.
 * Throws SeglossError on disk errors.
 */
export function resumeRunCsv(
  folder: string,
  repetition: number,
  progress: CsvProgress,
): CsvWriter | undefined {
  const path = join(folder, csvFileName(repetition));
  const partial = partialName(path);
  return withFileErrors(path, () => {
    // A link, symbolic or hard, may lead to a file outside the folder, which must not be written.
    const stats = lstatIfAny(folder)?.isDirectory() === true ? lstatIfAny(partial) : undefined;
    if (stats?.isFile() !== true || stats.nlink !== 1 || stats.size < progress.bytes) {
      return undefined;
    }
    const descriptor = reopenFile(partial);
    try {
      const hash = hashFile(descriptor, progress.bytes);
      if (hash.copy().digest("hex") !== progress.sha256) {
        return undefined;
      }
      ftruncateSync(descriptor, progress.bytes);
      return csvWriter(path, stats.ino, hash, progress);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Returns a writer for an existing partial file with inode `inode`, whose contents `hash` and `start` describe. */
function csvWriter(
  path: string,
  inode: number,
  hash: Hash,
  start: { readonly bytes: number; readonly rows: number },
): CsvWriter {
  const partial = partialName(path);
  let { bytes, rows } = start;
  /**
   * A worker that outlives its sweep must not write to the file of a later sweep. The size tells two files apart where an
   * inode number is reused: files of one run with one size hold the same bytes.
   */
  const withFile = (work: (descriptor: number) => void): void => {
    const descriptor = reopenFile(partial);
    try {
      const stats = fstatSync(descriptor);
      if (stats.ino !== inode || stats.size !== bytes) {
        const message = `${escapeControls(partial)}: another program changed or replaced it while it was being written`;
        throw new SeglossError(message, { exitCode: exitCode.runFailed });
      }
      work(descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
  const progress = (): CsvProgress => ({ bytes, rows, sha256: hash.copy().digest("hex") });
  return {
    append(text) {
      const chunk = Buffer.from(text);
      withFileErrors(partial, () => withFile((descriptor) => writeAll(descriptor, chunk)));
      hash.update(chunk);
      bytes += chunk.length;
      rows += countLines(chunk);
    },
    sync() {
      withFileErrors(partial, () => withFile(fsyncSync));
      return progress();
    },
    finish() {
      withFileErrors(partial, () => {
        withFile(fsyncSync);
        moveFile(partial, path);
      });
      return { file: basename(path), ...progress() };
    },
    abandon() {
      withFileErrors(partial, () => {
        const stats = lstatIfAny(partial);
        if (stats?.ino === inode && stats.size >= bytes) {
          rmSync(partial, { force: true });
        }
      });
    },
  };
}

function countLines(chunk: Buffer): number {
  const newline = 10;
  let count = 0;
  for (let index = chunk.indexOf(newline); index >= 0; index = chunk.indexOf(newline, index + 1)) {
    count++;
  }
  return count;
}
