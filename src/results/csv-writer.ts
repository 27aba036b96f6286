import { createHash, type Hash } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, readSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { exitCode, SeglossError } from "../errors.js";
import type { Run } from "../study/run.js";
import { csvLine, header } from "./columns.js";
import { createFile, moveFile, reopenFile, statOf, syncFolder, writeAll } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";

/** How far a run's CSV has come: bytes of the file, rows without the header, and what those bytes are. */
export interface CsvProgress {
  readonly bytes: number;
  readonly rows: number;
  /** In hex. */
  readonly sha256: string;
}

/** A finished CSV as its record tells it. */
export interface FinishedCsv extends CsvProgress {
  /** Its name within the cell's folder. */
  readonly file: string;
}

/**
 * The CSV of a run under way, in a file of another name until it is finished. The file is open only while it is written, so
 * that any number of runs can be under way. Everything throws SeglossError on disk errors, and if somebody else has had a
 * hand in the file.
 */
export interface RunWriter {
  /** Appends whole rows. */
  readonly append: (rows: string) => void;
  /** Has all rows so far written to the disk, so that a checkpoint may rely on them. */
  readonly sync: () => CsvProgress;
  /** Syncs, then gives the file its name. */
  readonly finish: () => FinishedCsv;
  /** Removes the file, which is of no use. */
  readonly abandon: () => void;
}

/** The name of a run's CSV within its cell's folder. */
export function csvName(run: number): string {
  return `run-${run}.csv`;
}

/** The name of a file before it is whole. */
export function partialName(name: string): string {
  return `${name}.partial`;
}

/** Begins a run's CSV with its header. */
export function openRunFile(folder: string, run: Run): RunWriter {
  withFileErrors(folder, () => makeFolder(folder));
  return openCsv(join(folder, csvName(run.repetition)), run);
}

/** The same for a file of any name in a folder that is there. */
export function openCsv(path: string, run: Run): RunWriter {
  const partial = partialName(path);
  const descriptor = withFileErrors(path, () => createFile(partial));
  const { ino } = fstatSync(descriptor);
  closeSync(descriptor);
  const writer = writerOf(path, ino, createHash("sha256"), { bytes: 0, rows: -1 });
  try {
    writer.append(csvLine(header(run)));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  return writer;
}

/** Goes on with a run's CSV that was left unfinished, cut to where it was; undefined if its file does not hold that. */
export function resumeRunFile(folder: string, run: number, progress: CsvProgress): RunWriter | undefined {
  const path = join(folder, csvName(run));
  const partial = partialName(path);
  return withFileErrors(path, () => {
    // Also what looks like it but is a link to something outside is not gone on with.
    const stats = statOf(folder)?.isDirectory() === true ? statOf(partial) : undefined;
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
      return writerOf(path, stats.ino, hash, progress);
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Makes a cell's folder, unless it is there; one that leads elsewhere is refused. */
export function makeFolder(folder: string): void {
  if (statOf(folder) === undefined) {
    makeOrFind(folder);
    syncFolder(dirname(folder));
  }
  if (statOf(folder)?.isSymbolicLink()) {
    const message = `${folder}: it is a symbolic link; segloss writes only within the output folder`;
    throw new SeglossError(message, { exitCode: exitCode.runFailed });
  }
}

/** Two workers may begin runs of one cell at the same time. */
function makeOrFind(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!isFileError(error) || error.code !== "EEXIST") {
      throw error;
    }
  }
}

function writerOf(path: string, ino: number, hash: Hash, from: { bytes: number; rows: number }): RunWriter {
  const partial = partialName(path);
  let { bytes, rows } = from;
  /**
   * A worker that outlived its sweep must not write into, or give its name to, the file of the sweep that came after it.
   * The size tells files apart where their number is used again; of one run and one size, they hold the same bytes.
   */
  const withFile = (work: (descriptor: number) => void): void => {
    const descriptor = reopenFile(partial);
    try {
      const stats = fstatSync(descriptor);
      if (stats.ino !== ino || stats.size !== bytes) {
        const message = `${partial}: was changed or replaced by another program while it was written`;
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
      rows += lines(chunk);
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
        const stats = statOf(partial);
        if (stats?.ino === ino && stats.size >= bytes) {
          rmSync(partial, { force: true });
        }
      });
    },
  };
}

const buffer = Buffer.alloc(2 ** 20);

/** The hash of a file's first bytes. */
export function hashFile(descriptor: number, bytes = Number.POSITIVE_INFINITY): Hash {
  const hash = createHash("sha256");
  for (let at = 0; at < bytes; ) {
    const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, bytes - at), at);
    if (count === 0) {
      break;
    }
    hash.update(buffer.subarray(0, count));
    at += count;
  }
  return hash;
}

function lines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
    count++;
  }
  return count;
}
