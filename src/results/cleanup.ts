import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../study/run.js";
import { csvName, partialName } from "./csv-writer.js";
import { statOf } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";
import { recordName } from "./run-record.js";
import { summaryName } from "./summary.js";
import { sweepName } from "./sweep-file.js";
import { cellFolder } from "./sweep-folder.js";

/** The name of an unfinished run's checkpoint within its cell's folder. */
export function checkpointName(run: number): string {
  return `run-${run}.checkpoint`;
}

/**
 * Removes what a sweep that was killed may have left in its folder: of finished runs all that belongs to their making, of
 * the others only half-written replacements, for their rows and checkpoints are gone on with. The folder must be locked.
 * Throws SeglossError on disk errors.
 */
export function removeLeftovers(folder: string, runs: readonly Run[], isDone: (run: Run) => boolean): void {
  removeFrom(folder, new Set([sweepName, summaryName].map(replacement)));
  for (const [cell, names] of namesByCell(folder, runs, isDone)) {
    // Nothing is removed through a link that leads out of the folder.
    if (withFileErrors(cell, () => statOf(cell))?.isDirectory()) {
      removeFrom(cell, names);
    }
  }
}

function namesByCell(folder: string, runs: readonly Run[], isDone: (run: Run) => boolean) {
  const byCell = new Map<string, Set<string>>();
  for (const run of runs) {
    const cell = cellFolder(folder, run);
    const names = byCell.get(cell) ?? new Set();
    byCell.set(cell, names);
    const checkpoint = checkpointName(run.repetition);
    names.add(replacement(recordName(run.repetition))).add(replacement(checkpoint));
    if (isDone(run)) {
      names.add(partialName(csvName(run.repetition))).add(checkpoint);
    }
  }
  return byCell;
}

/** What a file is written as before it takes another's place. */
function replacement(name: string): string {
  return `${name}.tmp`;
}

function removeFrom(folder: string, names: ReadonlySet<string>): void {
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    if (names.has(name)) {
      withFileErrors(path, () => rmSync(path, { force: true }));
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isFileError(error)) {
      return [];
    }
    throw error;
  }
}
