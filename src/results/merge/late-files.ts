import { statfsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Run } from "../../study/run.js";
import { listNames, lstatIfAny } from "../fs/contents.js";
import { isFileError } from "../fs/errors.js";
import { cellFolder, failureFileName, recordFileName } from "../paths.js";
import { type RunState, readRunState } from "../run-state.js";

// A network file system may show a file that another machine has written only after some time: up to a minute for a name that
// was looked up before. So the runs of a shard that has just ended may seem to be missing.

/** File systems of one machine, by the numbers of statfs(2): what is written there is seen at once. */
const localTypes: readonly number[] = [
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x2fc12fc1, // ZFS
  0xf2f52010, // F2FS
  0x01021994, // tmpfs
  0x794c7630, // overlayfs
  0x1a, // APFS
];

/** The first pause between two looks, which doubles up to the last; in ms. */
const [firstPause, lastPause] = [250, 2000] as const;

/** Returns for how many seconds after the last change of a folder files may still appear in it. Tests set it. */
export function latenessOf(folder: string): number {
  const set = process.env.SEGLOSS_MERGE_WAIT_SECONDS;
  if (set !== undefined) {
    return Number(set);
  }
  try {
    return localTypes.includes(statfsSync(folder).type) ? 0 : 60;
  } catch (error) {
    if (isFileError(error)) {
      return 0;
    }
    throw error;
  }
}

/** Returns when something in a sweep's folder has last changed, such as a lock that a shard has removed; in ms. */
export function lastChangeOf(folder: string): number {
  return modifiedMs(folder) ?? 0;
}

/** Returns whether files of a run may be on their way: it is not finished, and has not failed. */
export function mayArrive(folder: string, run: Run, found: RunState | undefined): boolean {
  const cell = cellFolder(folder, run);
  if (found === undefined || found.state === "missing") {
    return modifiedMs(join(cell, failureFileName(run.repetition))) === undefined;
  }
  // A record without its CSV: the record is the last file that is written.
  return found.state === "damaged" && modifiedMs(join(cell, recordFileName(run.repetition))) !== undefined;
}

/**
 * Waits until runs are finished, until the time is over, or until `shouldStop` returns true. Returns the states
 * of those that are finished now.
 */
export async function waitForRuns(
  folder: string,
  runs: readonly Run[],
  milliseconds: number,
  shouldStop: () => boolean,
): Promise<ReadonlyMap<Run, RunState>> {
  const end = performance.now() + milliseconds;
  const arrived = new Map<Run, RunState>();
  let awaited = runs;
  let pause: number = firstPause;
  while (awaited.length > 0 && performance.now() < end && !shouldStop()) {
    await interruptibleSleep(Math.min(pause, end - performance.now()), shouldStop);
    pause = Math.min(2 * pause, lastPause);
    refreshFolders(folder, awaited);
    awaited = awaited.filter((run) => {
      const found = readRunState(cellFolder(folder, run), run, { checksum: true });
      if (found.state === "done") {
        arrived.set(run, found);
      }
      return found.state !== "done";
    });
  }
  return arrived;
}

/** Listing a folder makes a network file system ask its server for names that it has remembered as missing. */
function refreshFolders(folder: string, runs: readonly Run[]): void {
  for (const cell of new Set(runs.map((run) => cellFolder(folder, run)))) {
    try {
      listNames(cell);
    } catch (error) {
      if (!isFileError(error)) {
        throw error;
      }
    }
  }
}

/** A signal ends the wait at once. */
async function interruptibleSleep(milliseconds: number, shouldStop: () => boolean): Promise<void> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end && !shouldStop()) {
    await sleep(Math.max(0, Math.min(50, end - performance.now())));
  }
}

function modifiedMs(path: string): number | undefined {
  try {
    return lstatIfAny(path)?.mtimeMs;
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}
