import { rmSync } from "node:fs";
import { join } from "node:path";
import { SeglossError } from "../errors.js";
import type { Run } from "../study/run.js";
import { listNames, lstatIfAny } from "./fs/contents.js";
import { withFileErrors } from "./fs/errors.js";
import {
  cellFolder,
  checkpointFileName,
  csvFileName,
  divisionFileName,
  failureFileName,
  partialName,
  recordFileName,
  summaryFileName,
  sweepFileName,
  temporaryTarget,
  weightsFileName,
} from "./paths.js";

/**
 * Removes what a killed sweep may have left of its runs in its folder, which must be locked. Of finished runs that is the
 * checkpoint, the partial CSV and the reason for an earlier failure. Unfinished runs keep both, since they resume from them; only half-written replacements go.
 * The files of the sweep itself are cleaned up only if the whole sweep is locked, and not just a part of it.
 * Throws SeglossError on disk errors.
 */
export function removeLeftovers(
  folder: string,
  runs: readonly Run[],
  isDone: (run: Run) => boolean,
  { isWholeSweep = true }: { readonly isWholeSweep?: boolean } = {},
): void {
  if (isWholeSweep) {
    const own = new Set([sweepFileName, summaryFileName, divisionFileName]);
    removeNames(folder, (name) => own.has(temporaryTarget(name) ?? ""));
  }
  for (const [cell, { targets, names }] of leftoversByCell(folder, runs, isDone)) {
    // Nothing is removed through a link that leads out of the folder.
    if (withFileErrors(cell, () => lstatIfAny(cell))?.isDirectory()) {
      removeNames(cell, (name) => names.has(name) || targets.has(temporaryTarget(name) ?? ""));
    }
  }
}

/** What may be left in a cell's folder. */
interface CellLeftovers {
  readonly names: Set<string>;
  /** Files whose temporary ones may be left. */
  readonly targets: Set<string>;
}

function leftoversByCell(
  folder: string,
  runs: readonly Run[],
  isDone: (run: Run) => boolean,
): ReadonlyMap<string, CellLeftovers> {
  const byCell = new Map<string, CellLeftovers>();
  for (const run of runs) {
    const { repetition } = run;
    const cell = cellFolder(folder, run);
    const leftovers = byCell.get(cell) ?? { names: new Set(), targets: new Set() };
    byCell.set(cell, leftovers);
    const checkpoint = checkpointFileName(repetition);
    const failure = failureFileName(repetition);
    leftovers.targets.add(recordFileName(repetition)).add(checkpoint).add(weightsFileName(repetition));
    leftovers.targets.add(failure).add(csvFileName(repetition));
    if (isDone(run)) {
      leftovers.names
        .add(partialName(csvFileName(repetition)))
        .add(checkpoint)
        .add(failure);
    }
  }
  return byCell;
}

function removeNames(folder: string, isLeftover: (name: string) => boolean): void {
  for (const name of listNamesOrNone(folder)) {
    if (isLeftover(name)) {
      const path = join(folder, name);
      withFileErrors(path, () => rmSync(path, { force: true }));
    }
  }
}

/** A folder that cannot be listed is skipped: it must not stop the sweep's other cells. Its own runs will report the error. */
function listNamesOrNone(folder: string): readonly string[] {
  try {
    return withFileErrors(folder, () => listNames(folder));
  } catch (error) {
    if (error instanceof SeglossError) {
      return [];
    }
    throw error;
  }
}
