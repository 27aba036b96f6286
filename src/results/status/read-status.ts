import { statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gridRuns } from "../../config/grid.js";
import { exitCode } from "../../errors.js";
import type { Run } from "../../study/run.js";
import { listNames, readTextIfAny } from "../fs/contents.js";
import { isFileError, withFileErrors } from "../fs/errors.js";
import { isRunning, thisProcess } from "../fs/process-identity.js";
import { listLocks, parseLock } from "../lock/lock-file.js";
import { cellFolder, clusterFile, type SweepPart, summaryFileName } from "../paths.js";
import { chooseRuns, readDivision, shardsOfDivision } from "../sweep/division.js";
import type { Shard } from "../sweep/partition.js";
import { readEarlierConfigs, requireSweepFile } from "../sweep/sweep-file.js";
import type { RunEnvironment } from "./environment-mix.js";
import type { FolderFacts, LockFiles, RunFiles } from "./folder-facts.js";
import { type FinishedRunCache, readRunFiles, type ShareEnvironment } from "./run-files.js";
import { type SweepStatus, summarizeSweep } from "./sweep-status.js";

/**
 * Reads how far the sweep in a folder is. Takes no lock, and may be called while processes on any machine write into the
 * folder: files that appear or vanish meanwhile are read again. Throws SeglossError (usage) if the folder has no intact
 * sweep.json.
 *
 * @param shouldStop true ends it early: the runs that were not read are missing
 * @param cache the same one for each reading of a folder that is read again and again
 */
export async function readSweepStatus(
  folder: string,
  shouldStop: () => boolean = () => false,
  cache?: FinishedRunCache,
): Promise<SweepStatus> {
  return summarizeSweep(await readFolderFacts(folder, shouldStop, cache));
}

async function readFolderFacts(
  folder: string,
  shouldStop: () => boolean,
  cache: FinishedRunCache | undefined,
): Promise<FolderFacts> {
  const { config } = requireSweepFile(folder);
  const runs = gridRuns(config, readEarlierConfigs(folder));
  const division = readDivision(folder);
  const shards = division && shardsOfDivision(config, runs, division);
  const divided = shards && { division, shards };
  // The locks first: a run that ends meanwhile is complete all the same.
  const locks = readLocks(folder).map(({ only, division: id, ...lock }): LockFiles => {
    const isKnown = lock.part === undefined || id === division?.id;
    const own = lock.part === undefined ? chooseRuns(config, runs, only) : runsOfPart(shards, lock.part);
    return { ...lock, runs: new Set(isKnown ? own : []) };
  });
  const files = await readAllRunFiles(folder, runs, shouldStop, cache);
  const summaryRows = countSummaryRows(folder);
  const isSubmitted = modifiedAt(join(folder, clusterFile.submission)) !== undefined;
  return { folder, config, runs, files, locks, divided, isSubmitted, summaryRows, readAt: new Date() };
}

function runsOfPart(shards: readonly Shard[] | undefined, part: SweepPart): readonly Run[] {
  return shards?.find((shard) => shard.part.index === part.index)?.runs ?? [];
}

/** What a lock says, but for its runs. */
interface ReadLock extends Omit<LockFiles, "runs"> {
  readonly only: readonly string[];
  readonly division: string | undefined;
}

/** Reads the locks in a folder. One that is being written or removed is left out. */
function readLocks(folder: string): readonly ReadLock[] {
  const here = thisProcess();
  return withFileErrors(folder, () => listLocks(folder), exitCode.usage).flatMap(({ name, part }) => {
    const path = join(folder, name);
    const content = parseLock(readTextIfAny(path) ?? "");
    const touched = modifiedAt(path);
    if (content === undefined || touched === undefined) {
      return [];
    }
    const { pid, host, job, since, beats, only = [], division } = content;
    const began = since === undefined ? undefined : new Date(since);
    const isAlive = isRunning(content, here);
    return [
      { lock: name, part, pid, host, job, since: began, touched, beats, isRunning: isAlive, only, division },
    ];
  });
}

/** Attempts to read a cell while its files come and go. */
const maxAttempts = 3;

/** Cell by cell, since the runs of a cell share a folder. Yields to the event loop in between. */
async function readAllRunFiles(
  folder: string,
  runs: readonly Run[],
  shouldStop: () => boolean,
  cache: FinishedRunCache | undefined,
): Promise<ReadonlyMap<Run, RunFiles>> {
  const share = createEnvironmentPool();
  const files = new Map<Run, RunFiles>();
  for (const ofCell of groupByCell(runs)) {
    if (shouldStop()) {
      break;
    }
    let uncertain = ofCell;
    for (let attempt = 0; attempt < maxAttempts && uncertain.length > 0; attempt++) {
      uncertain = readCell(folder, uncertain, share, files, cache);
    }
    await setImmediate();
  }
  return files;
}

/** Reads runs of one cell into `files`. Returns those that are worth another attempt. */
function readCell(
  folder: string,
  runs: readonly Run[],
  share: ShareEnvironment,
  files: Map<Run, RunFiles>,
  cache: FinishedRunCache | undefined,
): readonly Run[] {
  const [first] = runs;
  const cell = first === undefined ? folder : cellFolder(folder, first);
  const names = new Set(listNamesIfAny(cell));
  return runs.filter((run) => {
    const read = readRunFiles(cell, names, run, share, cache);
    files.set(run, read.files);
    return !read.isCertain;
  });
}

function groupByCell(runs: readonly Run[]): Iterable<readonly Run[]> {
  const cells = new Map<Run["cell"], Run[]>();
  for (const run of runs) {
    const ofCell = cells.get(run.cell) ?? [];
    cells.set(run.cell, ofCell);
    ofCell.push(run);
  }
  return cells.values();
}

function createEnvironmentPool(): ShareEnvironment {
  const pool = new Map<string, RunEnvironment>();
  return (environment) => {
    const key = JSON.stringify(environment);
    const known = pool.get(key) ?? environment;
    pool.set(key, known);
    return known;
  };
}

function countSummaryRows(folder: string): number | undefined {
  const text = readTextIfAny(join(folder, summaryFileName));
  return text === undefined ? undefined : text.split("\n").length - 2;
}

/** Returns the names in a cell's folder; none if it cannot be listed. */
function listNamesIfAny(folder: string): readonly string[] {
  return ifNoFileError(() => listNames(folder)) ?? [];
}

function modifiedAt(path: string): Date | undefined {
  return ifNoFileError(() => statSync(path).mtime);
}

function ifNoFileError<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}
