import { setImmediate } from "node:timers/promises";
import { hashConfig } from "../config/hash.js";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { listNames } from "../results/fs/contents.js";
import { isFileError, withFileErrors } from "../results/fs/errors.js";
import { isTransientName } from "../results/paths.js";
import { readSweepStatus } from "../results/status/read-status.js";
import type { FinishedRunCache } from "../results/status/run-files.js";
import type { SweepStatus } from "../results/status/sweep-status.js";
import { readSweepFile } from "../results/sweep/sweep-file.js";
import { rowLayout } from "../study/row-layout.js";
import { createFollowedRows, type FollowedRows } from "./followed-rows.js";
import { runCsvPath, type WatchedRun } from "./watched-run.js";

/** How runs are watched. */
export interface WatchOptions {
  /** A gradient norm past it is a fault. */
  readonly normBound: number;
}

/** A folder as it was when it was last read. */
export interface FolderReading {
  readonly folder: string;
  readonly status: SweepStatus;
  /** Changes when the sweep has other runs than before. */
  readonly identity: string;
  /** In grid order. */
  readonly runs: readonly WatchedRun[];
}

/** A folder of a sweep that is read again and again, without a lock. */
export interface WatchedFolder {
  readonly path: string;
  /** Reads what is new. Returns undefined as long as no sweep has begun there, and if the folder cannot be read now. */
  read(shouldStop: () => boolean): Promise<FolderReading | undefined>;
  /** Reads a part of the rows that are new in the last reading. Returns whether there may be more. */
  followRows(shouldStop: () => boolean): Promise<boolean>;
}

/** Bytes that the overviews of all runs may take; a run has at least some intervals, and no more than a screen shows. */
const overviewBytes = 64e6;
const [fewestIntervals, mostIntervals] = [100, 1200] as const;

/** Bytes of an overview for each column and interval. */
const intervalBytes = 16;

/** Creates the watch of a folder, which need not exist. */
export function createWatchedFolder(path: string, { normBound }: WatchOptions): WatchedFolder {
  const cache: FinishedRunCache = new Map();
  let rowsByRun = new Map<string, FollowedRows>();
  let last: FolderReading | undefined;
  let identity = "";

  async function read(shouldStop: () => boolean): Promise<FolderReading | undefined> {
    const status = await readStatusIfAny(shouldStop);
    if (status === undefined) {
      return last;
    }
    const now = hashConfig(status.config);
    if (now !== identity) {
      identity = now;
      rowsByRun = new Map();
    }
    const intervals = overviewIntervals(status);
    const runs = status.runs.map((run): WatchedRun => {
      const rows = rowsByRun.get(run.name) ?? createFollowedRows(run.run, normBound, intervals);
      rowsByRun.set(run.name, rows);
      return { folder: path, status: run, rows };
    });
    last = { folder: path, status, identity, runs };
    return last;
  }

  async function readStatusIfAny(shouldStop: () => boolean): Promise<SweepStatus | undefined> {
    try {
      return "config" in readSweepFile(path) ? await readSweepStatus(path, shouldStop, cache) : undefined;
    } catch (error) {
      // The folder may be moved or created again at any moment.
      if (error instanceof SeglossError || isFileError(error)) {
        return undefined;
      }
      throw error;
    }
  }

  return {
    path,
    read,
    async followRows(shouldStop) {
      let hasMore = false;
      for (const run of last?.runs ?? []) {
        if (shouldStop()) {
          return true;
        }
        if (isRead(run)) {
          continue;
        }
        const result = run.rows.follow(runCsvPath(run));
        hasMore ||= result === "more";
        if (result !== "absent") {
          await setImmediate();
        }
      }
      return hasMore;
    },
  };
}

/** Returns whether all rows of a finished run were read: then its CSV does not change. */
function isRead({ status, rows }: WatchedRun): boolean {
  return status.state === "complete" && rows.soFar().rows === status.run.cell.steps;
}

function overviewIntervals({ runs }: SweepStatus): number {
  const columns = runs.reduce((sum, { run }) => sum + rowLayout(run).columns.length, 0);
  const affordable = Math.floor(overviewBytes / (intervalBytes * Math.max(1, columns)));
  return Math.max(fewestIntervals, Math.min(mostIntervals, affordable));
}

/**
 * Throws SeglossError if no sweep can begin in a folder: it is a file, or holds other files than those of a sweep. A folder
 * that does not exist is one in which a sweep may begin.
 */
export function requireWatchable(path: string): void {
  const stored = readSweepFile(path);
  if ("config" in stored) {
    return;
  }
  if ("damage" in stored) {
    throw new SeglossError(stored.damage, { exitCode: exitCode.usage });
  }
  const names = withFileErrors(path, () => listNames(path), exitCode.usage);
  const own = names.filter((name) => !isTransientName(name));
  const sweeps = own.filter((name) => "config" in readSweepFile(`${path}/${name}`));
  if (sweeps.length > 0) {
    const shown = sweeps.slice(0, 5).map((name) => escapeControls(`${path}/${name}`));
    const more = sweeps.length > shown.length ? ", ..." : "";
    throw new SeglossError(
      `${escapeControls(path)}: it is no folder of a sweep, but holds such folders: ${shown.join(", ")}${more}`,
      { exitCode: exitCode.usage },
    );
  }
  if (own.length > 0) {
    throw new SeglossError(
      `${escapeControls(path)}: no sweep.json in it; expected the folder of a sweep, or a new or empty one`,
      { exitCode: exitCode.usage },
    );
  }
}
