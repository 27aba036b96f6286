import { createHash, type Hash } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, readSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Run } from "../config/cell.js";
import { exitCode, SeglossError } from "../error.js";
import { csvLine, header } from "./columns.js";
import { onDisk } from "./disk.js";
import { createFile, moveFile, reopenFile, statOf, syncFolder, writeAll } from "./files.js";

/** How far a run's CSV has come: bytes of the file, and rows without the header. */
export interface Progress {
  readonly bytes: number;
  readonly rows: number;
}

/** A finished CSV as its record tells it. */
export interface Csv extends Progress {
  /** Its name within the cell's folder. */
  readonly file: string;
  /** Of the whole file, in hex. */
  readonly sha256: string;
}

/** The CSV of a run under way, in a file of another name until it is finished. Everything throws SeglossError on disk errors. */
export interface RunWriter {
  /** Appends whole rows. */
  readonly append: (rows: string) => void;
  /** Has all rows so far written to the disk, so that a checkpoint may rely on them. */
  readonly sync: () => Progress;
  /** Syncs, then gives the file its name. */
  readonly finish: () => Csv;
  /** Closes the file and leaves it, for a later openRunFile that resumes. */
  readonly close: () => void;
  /** Closes and removes the file, which was of no use yet. */
  readonly abandon: () => void;
}

/** The name of a run's CSV within its cell's folder. */
export function csvName(run: number): string {
  return `run-${run}.csv`;
}

/** Begins a run's CSV with its header, or goes on after so many bytes and rows of one that was closed or cut off. */
export function openRunFile(folder: string, run: Run, resumed?: Progress): RunWriter {
  onDisk(folder, () => makeFolder(folder));
  return openCsv(join(folder, csvName(run.run)), run, resumed);
}

/** The same for a file of any name in a folder that is there. */
export function openCsv(path: string, run: Run, resumed?: Progress): RunWriter {
  const partial = `${path}.partial`;
  return onDisk(path, () =>
    resumed === undefined ? begin(path, partial, run) : resume(path, partial, resumed),
  );
}

/** Makes a cell's folder, unless it is there; one that leads elsewhere is refused. */
export function makeFolder(folder: string): void {
  const stats = statOf(folder);
  if (stats === undefined) {
    mkdirSync(folder);
    syncFolder(dirname(folder));
  } else if (stats.isSymbolicLink()) {
    const message = `${folder}: it is a symbolic link; segloss writes only within the output folder`;
    throw new SeglossError(message, { exitCode: exitCode.runFailed });
  }
}

function begin(path: string, partial: string, run: Run): RunWriter {
  const descriptor = createFile(partial);
  const created = writer(path, partial, descriptor, createHash("sha256"), { bytes: 0, rows: -1 });
  created.append(csvLine(header(run)));
  return created;
}

function resume(path: string, partial: string, progress: Progress): RunWriter {
  const descriptor = reopenFile(partial);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || stats.nlink !== 1 || stats.size < progress.bytes) {
      const message = `${partial}: holds less than the ${progress.bytes} bytes to go on from`;
      throw new SeglossError(message, { exitCode: exitCode.runFailed });
    }
    const hash = createHash("sha256");
    const rows = hashRows(descriptor, progress.bytes, hash) - 1;
    if (rows !== progress.rows) {
      const message = `${partial}: holds ${rows} rows to go on from, not ${progress.rows}`;
      throw new SeglossError(message, { exitCode: exitCode.runFailed });
    }
    ftruncateSync(descriptor, progress.bytes);
    return writer(path, partial, descriptor, hash, progress);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function writer(path: string, partial: string, descriptor: number, hash: Hash, from: Progress): RunWriter {
  let { bytes, rows } = from;
  let open = true;
  const close = () => {
    if (open) closeSync(descriptor);
    open = false;
  };
  const sync = () => {
    onDisk(partial, () => fsyncSync(descriptor));
    return { bytes, rows };
  };
  return {
    append(text) {
      const chunk = Buffer.from(text);
      onDisk(partial, () => writeAll(descriptor, chunk));
      hash.update(chunk);
      bytes += chunk.length;
      rows += lines(chunk);
    },
    sync,
    finish() {
      sync();
      onDisk(partial, () => {
        refuseIfReplaced(partial, descriptor);
        close();
        moveFile(partial, path);
      });
      return { file: basename(path), rows, bytes, sha256: hash.digest("hex") };
    },
    close,
    abandon() {
      const mine = open && isAt(partial, descriptor);
      close();
      if (mine) rmSync(partial, { force: true });
    },
  };
}

/** A worker that outlived its sweep must not give its name to the file of the sweep that came after it. */
function refuseIfReplaced(partial: string, descriptor: number): void {
  if (isAt(partial, descriptor)) return;
  const message = `${partial}: was replaced or removed while it was written`;
  throw new SeglossError(message, { exitCode: exitCode.runFailed });
}

function isAt(path: string, descriptor: number): boolean {
  return statOf(path)?.ino === fstatSync(descriptor).ino;
}

function hashRows(descriptor: number, bytes: number, hash: Hash): number {
  const buffer = Buffer.alloc(Math.min(2 ** 20, bytes));
  let rows = 0;
  for (let at = 0; at < bytes; ) {
    const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, bytes - at), at);
    if (count === 0) break;
    const chunk = buffer.subarray(0, count);
    hash.update(chunk);
    rows += lines(chunk);
    at += count;
  }
  return rows;
}

function lines(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count++;
  return count;
}
