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
  partialName,
  recordFileName,
  summaryFileName,
  sweepFileName,
  temporaryName,
} from "./paths.js";

/**
 * Removes what a killed sweep may have left in its folder, which must be locked. Of finished runs that is the checkpoint
 * and the partial CSV. Unfinished runs keep both, since they resume from them; only half-written replacements go.
 * Throws SeglossError on disk errors.
 */
export function removeLeftovers(folder: string, runs: readonly Run[], isDone: (run: Run) => boolean): void {
  removeNamed(folder, new Set([sweepFileName, summaryFileName].map(temporaryName)));
  for (const [cell, names] of leftoversByCell(folder, runs, isDone)) {
    // Nothing is removed through a link that leads out of the folder.
    if (withFileErrors(cell, () => lstatIfAny(cell))?.isDirectory()) {
      removeNamed(cell, names);
    }
  }
}

function leftoversByCell(
  folder: string,
  runs: readonly Run[],
  isDone: (run: Run) => boolean,
): ReadonlyMap<string, ReadonlySet<string>> {
  const byCell = new Map<string, Set<string>>();
  for (const run of runs) {
    const { repetition } = run;
    const cell = cellFolder(folder, run);
    const names = byCell.get(cell) ?? new Set();
    byCell.set(cell, names);
    const checkpoint = checkpointFileName(repetition);
    names.add(temporaryName(recordFileName(repetition))).add(temporaryName(checkpoint));
    if (isDone(run)) {
      names.add(partialName(csvFileName(repetition))).add(checkpoint);
    }
  }
  return byCell;
}

function removeNamed(folder: string, names: ReadonlySet<string>): void {
  for (const name of listNamesOrNone(folder)) {
    if (names.has(name)) {
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
