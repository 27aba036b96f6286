import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { SeglossError } from "../../errors.js";
import type { Run } from "../../study/run.js";
import { keyColumns } from "../columns.js";
import { lstatIfAny } from "../fs/contents.js";
import { isFileError } from "../fs/errors.js";
import { checkpointFileName, csvFileName, failureFileName, partialName, recordFileName } from "../paths.js";
import type { RunRecord } from "../run-record.js";
import { readRunState } from "../run-state.js";
import type { RunEnvironment } from "./environment-mix.js";
import type { CompleteRun, PartialCsv, RunFiles } from "./folder-facts.js";
import { readRunFailure } from "./run-failure.js";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Returns one object for equal environments, so that 100,000 runs take little memory. */
export type ShareEnvironment = (environment: RunEnvironment) => RunEnvironment;

/** Finished runs that were read before, by their records' paths: a run whose files have not changed is not read again. */
export type FinishedRunCache = Map<string, { readonly stamp: string; readonly complete: CompleteRun }>;

/** What was read of a run. */
export interface ReadRunFiles {
  readonly files: RunFiles;
  /** False if a file was damaged, or gone since its folder was listed: reading again may find that the run has gone on. */
  readonly isCertain: boolean;
}

/**
 * Returns what a cell's folder has of a run. Of a CSV it reads the size and the last row only. Never throws SeglossError: a
 * file that cannot be read is damaged or not there.
 *
 * @param names the names in the cell's folder
 */
export function readRunFiles(
  folder: string,
  names: ReadonlySet<string>,
  run: Run,
  share: ShareEnvironment,
  cache?: FinishedRunCache,
): ReadRunFiles {
  const { repetition } = run;
  const hasCheckpoint = names.has(checkpointFileName(repetition));
  const hasRecord = names.has(recordFileName(repetition));
  const finished = hasRecord ? readFinishedRun(folder, run, share, cache) : {};
  if (finished.complete !== undefined || finished.damage !== undefined) {
    return { files: { ...finished, hasCheckpoint }, isCertain: finished.damage === undefined };
  }
  const name = partialName(csvFileName(repetition));
  const partial = names.has(name) ? readPartialCsv(join(folder, name), run) : undefined;
  const failure = names.has(failureFileName(repetition)) ? readRunFailure(folder, repetition) : undefined;
  const isGone = hasRecord || (names.has(name) && partial === undefined);
  return { files: { partial, hasCheckpoint, failure }, isCertain: !isGone };
}

function readFinishedRun(
  folder: string,
  run: Run,
  share: ShareEnvironment,
  cache?: FinishedRunCache,
): Pick<RunFiles, "complete" | "damage"> {
  const path = join(folder, recordFileName(run.repetition));
  try {
    const stamp = stampOf(path) + stampOf(join(folder, csvFileName(run.repetition)));
    const cached = cache?.get(path);
    if (cached?.stamp === stamp) {
      return { complete: cached.complete };
    }
    const found = readRunState(folder, run, { checksum: false });
    if (found.state !== "done") {
      return found.state === "damaged" ? { damage: found.reason } : {};
    }
    const stats = lstatIfAny(path);
    if (stats === undefined) {
      return {};
    }
    const complete = completeRun(found.record, stats.mtime, share);
    cache?.set(path, { stamp, complete });
    return { complete };
  } catch (error) {
    if (error instanceof SeglossError) {
      return { damage: error.message };
    }
    if (isFileError(error)) {
      return {};
    }
    throw error;
  }
}

/** Returns a text that changes with a file's contents. */
function stampOf(path: string): string {
  const stats = lstatIfAny(path);
  return stats === undefined ? "-" : `${stats.ino} ${stats.size} ${stats.mtimeMs} `;
}

function completeRun(
  { environment: { job, ...environment }, started, seconds, result }: RunRecord,
  finished: Date,
  share: ShareEnvironment,
): CompleteRun {
  return {
    environment: share(environment),
    job,
    started: new Date(started),
    finished,
    seconds,
    finalAccuracy: result.finalAccuracy,
  };
}

/** Bytes at the end of a CSV in which its last row is looked for: enough for most, and for the longest. */
const [tailBytes, longTailBytes] = [2 ** 12, 2 ** 18] as const;

/** Returns how far an unfinished CSV is; undefined if it cannot be read. */
function readPartialCsv(path: string, run: Run): PartialCsv | undefined {
  try {
    const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const { size, birthtimeMs, mtime } = fstatSync(descriptor);
      const steps =
        stepsIn(readTail(descriptor, size, tailBytes), run) ??
        stepsIn(readTail(descriptor, size, longTailBytes), run);
      // A file system without birth times may say 0, or the time of the last change.
      const created = birthtimeMs > 0 && birthtimeMs < mtime.getTime() ? new Date(birthtimeMs) : undefined;
      return { steps: steps ?? 0, created, written: mtime };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}

function readTail(descriptor: number, size: number, bytes: number): string {
  const chunk = Buffer.alloc(Math.min(size, bytes));
  const read = readSync(descriptor, chunk, 0, chunk.length, size - chunk.length);
  return chunk.toString("latin1", 0, read);
}

/** Returns how many steps a CSV has, by its last complete row; undefined if the tail of its text has none. */
function stepsIn(tail: string, run: Run): number | undefined {
  const end = tail.lastIndexOf("\n");
  const begin = tail.lastIndexOf("\n", end - 1);
  if (end <= 0 || begin < 0) {
    return undefined;
  }
  const step = Number(tail.slice(begin + 1, end).split(",")[stepColumn(run)]);
  return Number.isInteger(step) && step >= 0 && step < run.cell.steps ? step + 1 : undefined;
}

/** Returns the index of the column "step": it follows the columns that identify the run. */
function stepColumn(run: Run): number {
  return keyColumns(run).length;
}
