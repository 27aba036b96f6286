import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Config } from "../../config/config.js";
import { gridRuns } from "../../config/grid.js";
import { escapeControls, printable } from "../../config/problems.js";
import { cellName } from "../../config/run-names.js";
import { exitCode, SeglossError } from "../../errors.js";
import { seglossCommandLine } from "../../installation.js";
import { shellLine } from "../../shell-line.js";
import type { Run } from "../../study/run.js";
import { listNames } from "../fs/contents.js";
import { createFolders } from "../fs/durable.js";
import { withFileErrors } from "../fs/errors.js";
import { type FolderLock, type LockOptions, openLock } from "../lock/lock.js";
import {
  cellFolder,
  clusterFolderName,
  divisionFileName,
  figuresFolderName,
  isEarlierSweepFileName,
  isTransientName,
  recordFileName,
  reportFileName,
  type SweepPart,
  summaryFileName,
  sweepFileName,
} from "../paths.js";
import { isRecordOf, type RunRecord, readRunRecord } from "../run-record.js";
import { type RunState, readRunState } from "../run-state.js";
import { type Division, writeDivision } from "./division.js";
import { differenceTable, growthObstacles, isSameSweep } from "./growth.js";
import {
  createSweepFile,
  growSweepFile,
  readEarlierConfigs,
  readSweepFile,
  replaceSweepFile,
} from "./sweep-file.js";

/** The output folder of a sweep, seen without writing anything. */
export interface SweepView {
  /** The path as it was given. */
  readonly path: string;
  /** What is damaged in the folder itself, as sentences. */
  readonly damage: readonly string[];
  /** How the sweep grows, if the config has more runs than the folder's. */
  readonly growth: SweepGrowth | undefined;
}

/** A sweep that becomes larger than its folder's config was. */
export interface SweepGrowth {
  readonly runsBefore: number;
  readonly runsNow: number;
}

/** The output folder of a sweep, locked for this process until it is closed. */
export interface SweepFolder extends SweepView, FolderLock {
  /** The file that keeps the config before the sweep grew, if it does. */
  readonly earlierConfig: string | undefined;
}

/**
 * Returns the runs of a config in grid order, with the names that they have in an output folder, which need not exist: runs
 * from before a sweep grew keep theirs. Throws SeglossError if the folder cannot be read.
 */
export function plannedRuns(path: string, config: Config): readonly Run[] {
  const stored = readSweepFile(path);
  const earlier = readEarlierConfigs(path);
  const isGrowing = "config" in stored && !isSameSweep(stored.config, config);
  return gridRuns(config, isGrowing ? [...earlier, stored.config] : earlier);
}

/**
 * Looks at an output folder, which need not exist. Throws SeglossError if it belongs to a sweep that the config would change,
 * or contains other files.
 */
export function viewSweepFolder(path: string, config: Config): SweepView {
  const stored = readSweepFile(path);
  if (!("config" in stored)) {
    refuseForeign(path, plannedRuns(path, config));
    return { path, damage: "damage" in stored ? [stored.damage] : [], growth: undefined };
  }
  const obstacles = growthObstacles(stored.config, config);
  if (obstacles.length > 0) {
    const table = differenceTable(obstacles).join("\n  ");
    const folder = shellLine([escapeControls(path)]);
    throw refusal(
      path,
      `holds a sweep whose runs this config would change or drop:\n  ${table}\n"${seglossCommandLine("sweep", folder)}" resumes it as it is; to begin another, `,
    );
  }
  const growth = isSameSweep(stored.config, config)
    ? undefined
    : { runsBefore: gridRuns(stored.config).length, runsNow: gridRuns(config).length };
  return { path, damage: [], growth };
}

/** How a sweep's folder is opened. */
export interface OpenFolderOptions extends Omit<LockOptions, "shard"> {
  /** The shard that is trained; undefined for the whole sweep. */
  readonly shard?: { readonly part: SweepPart; readonly division: Division };
}

/**
 * Creates and locks an output folder, and writes its sweep.json. Returns undefined if `options.shouldStop` returned true while
 * waiting for the lock. Throws SeglossError if it belongs to a sweep that the config would change, contains other files, is
 * locked or cannot be written.
 */
export async function openSweepFolder(
  path: string,
  config: Config,
  { shard, ...options }: OpenFolderOptions = {},
): Promise<SweepFolder | undefined> {
  viewSweepFolder(path, config);
  withFileErrors(path, () => createFolders(path), exitCode.usage);
  const part = shard && { shard: { part: shard.part, division: shard.division.id } };
  const lock = await openLock(path, { ...options, ...part });
  if (lock === undefined) {
    return undefined;
  }
  try {
    const view = viewSweepFolder(path, config);
    const earlierConfig = view.growth === undefined ? undefined : growSweepFile(path, config);
    if (view.damage.length > 0) {
      replaceSweepFile(path, config);
    } else if ("absent" in readSweepFile(path)) {
      createSweepFile(path, config);
      viewSweepFolder(path, config);
    }
    if (shard !== undefined) {
      writeDivision(path, shard.division);
    }
    return { ...view, earlierConfig, lost: lock.lost, close: lock.close };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Returns all runs of the sweep in a folder; undefined if it has no readable sweep.json. Never throws SeglossError. */
export function readSweepRuns(path: string): readonly Run[] | undefined {
  try {
    const stored = readSweepFile(path);
    return "config" in stored ? gridRuns(stored.config, readEarlierConfigs(path)) : undefined;
  } catch (error) {
    if (error instanceof SeglossError) {
      return undefined;
    }
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
  onRun: () => void = () => {},
): Promise<ReadonlyMap<Run, RunState>> {
  const states = new Map<Run, RunState>();
  for (const run of runs) {
    if (shouldStop()) {
      break;
    }
    states.set(run, readRunState(cellFolder(folder, run), run, { checksum: true }));
    onRun();
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

/** Without an intact sweep.json a folder may still be this sweep's, but not another sweep's or one with other files. */
function refuseForeign(path: string, runs: readonly Run[]): void {
  const found = withFileErrors(path, () => listNames(path), exitCode.usage);
  const names = found.filter((name) => !isTransientName(name) && !isEarlierSweepFileName(name));
  if (names.length === 0) {
    return;
  }
  const cells = runs.map((run) => cellName(run.cell, run.columns));
  const files = [sweepFileName, divisionFileName, summaryFileName, reportFileName];
  const own = new Set([...files, figuresFolderName, clusterFolderName, ...cells]);
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
  const separator = reason.endsWith(", ") ? "" : "; ";
  return new SeglossError(`${escapeControls(path)}: ${reason}${separator}choose another --output`, {
    exitCode: exitCode.usage,
  });
}
