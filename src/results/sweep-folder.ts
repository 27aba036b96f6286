import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Config } from "../config/config.js";
import { escapeControls, printable } from "../config/problems.js";
import { cellName } from "../config/run-names.js";
import { exitCode, SeglossError } from "../errors.js";
import type { Run } from "../study/run.js";
import { listNames } from "./fs/contents.js";
import { createFolders } from "./fs/durable.js";
import { withFileErrors } from "./fs/errors.js";
import { type FolderLock, type LockOptions, openLock } from "./lock/lock.js";
import {
  cellFolder,
  figuresFolderName,
  isTransientName,
  recordFileName,
  reportFileName,
  summaryFileName,
  sweepFileName,
} from "./paths.js";
import { isRecordOf, type RunRecord, readRunRecord } from "./run-record.js";
import { type RunState, readRunState } from "./run-state.js";
import { createSweepFile, readSweepFile, replaceSweepFile } from "./sweep-file.js";

/** The output folder of a sweep, seen without writing anything. */
export interface SweepView {
  /** The path as it was given. */
  readonly path: string;
  /** What is damaged in the folder itself, as sentences. */
  readonly damage: readonly string[];
}

/** The output folder of a sweep, locked for this process until it is closed. */
export interface SweepFolder extends SweepView, FolderLock {}

/**
 * Looks at an output folder, which need not exist. Throws SeglossError if it belongs to another config or contains other
 * files.
 */
export function viewSweepFolder(path: string, config: Config, runs: readonly Run[]): SweepView {
  return { path, damage: checkOwner(path, config, runs) };
}

/**
 * Creates and locks an output folder, and writes its sweep.json. Returns undefined if `options.shouldStop` returned true while
 * waiting for the lock. Throws SeglossError if it belongs to another config, contains other files, is locked or cannot be
 * written.
 */
export async function openSweepFolder(
  path: string,
  config: Config,
  runs: readonly Run[],
  options: LockOptions = {},
): Promise<SweepFolder | undefined> {
  checkOwner(path, config, runs);
  withFileErrors(path, () => createFolders(path), exitCode.usage);
  const lock = await openLock(path, options);
  if (lock === undefined) {
    return undefined;
  }
  try {
    const damage = checkOwner(path, config, runs);
    if (damage.length > 0) {
      replaceSweepFile(path, config);
    } else if ("absent" in readSweepFile(path)) {
      createSweepFile(path, config);
      checkOwner(path, config, runs);
    }
    return { path, damage, lost: lock.lost, close: lock.close };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/**
 * Returns the states of runs, with the checksums of their CSVs compared. Yields to the event loop after each run, so that
 * signals are handled; ends early, with the states so far, once `shouldStop` returns true.
 */
export async function readRunStates(
  folder: string,
  runs: readonly Run[],
  shouldStop: () => boolean = () => false,
): Promise<ReadonlyMap<Run, RunState>> {
  const states = new Map<Run, RunState>();
  for (const run of runs) {
    if (shouldStop()) {
      break;
    }
    states.set(run, readRunState(cellFolder(folder, run), run, { checksum: true }));
    await setImmediate();
  }
  return states;
}

/**
 * Returns the records of the runs that are done, in the runs' order. Only the sizes of their CSVs are compared. Yields to the
 * event loop in between, so that the lock's heartbeat goes on.
 */
export async function finishedRecords(folder: string, runs: readonly Run[]): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  for (const run of runs) {
    const found = readRunState(cellFolder(folder, run), run, { checksum: false });
    if (found.state === "done") {
      records.push(found.record);
    }
    await setImmediate();
  }
  return records;
}

/** Throws SeglossError if the folder does not belong to this sweep. Returns what is damaged. */
function checkOwner(path: string, config: Config, runs: readonly Run[]): readonly string[] {
  const stored = readSweepFile(path);
  if ("differences" in stored) {
    const differences = stored.differences(config);
    if (differences.length === 0) {
      return [];
    }
    throw refusal(path, `holds a sweep of another config: ${differences.join(", ")}`);
  }
  refuseForeign(path, runs);
  return "damage" in stored ? [stored.damage] : [];
}

/** Without an intact sweep.json a folder may still be this sweep's, but not another sweep's or one with other files. */
function refuseForeign(path: string, runs: readonly Run[]): void {
  const found = withFileErrors(path, () => listNames(path), exitCode.usage);
  const names = found.filter((name) => !isTransientName(name));
  if (names.length === 0) {
    return;
  }
  const cells = runs.map((run) => cellName(run.cell, run.columns));
  const own = new Set([sweepFileName, summaryFileName, reportFileName, figuresFolderName, ...cells]);
  const foreign = names.find((name) => !own.has(name));
  if (foreign !== undefined) {
    throw refusal(
      path,
      `contains ${printable(foreign)}, which does not belong to this sweep, and no intact ${sweepFileName}`,
    );
  }
  for (const run of runs) {
    const file = join(cellFolder(path, run), recordFileName(run.repetition));
    const read = readRunRecord(file);
    if ("record" in read && !isRecordOf(read.record, run)) {
      throw refusal(path, `contains no intact ${sweepFileName}, and ${file} is of another config`);
    }
  }
}

function refusal(path: string, reason: string): SeglossError {
  return new SeglossError(`${escapeControls(path)}: ${reason}; choose another --out`, {
    exitCode: exitCode.usage,
  });
}
