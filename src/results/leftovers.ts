import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../config/cell.js";
import { isDiskError, onDisk } from "./disk.js";
import { statOf } from "./files.js";
import { cellFolder } from "./folder.js";
import { recordName } from "./record.js";
import { summaryName } from "./summary.js";
import { sweepName } from "./sweep.js";
import { csvName, partialName } from "./writer.js";

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
    if (onDisk(cell, () => statOf(cell))?.isDirectory()) removeFrom(cell, names);
  }
}

function namesByCell(folder: string, runs: readonly Run[], isDone: (run: Run) => boolean) {
  const byCell = new Map<string, Set<string>>();
  for (const run of runs) {
    const cell = cellFolder(folder, run);
    const names = byCell.get(cell) ?? new Set();
    byCell.set(cell, names);
    const checkpoint = checkpointName(run.run);
    names.add(replacement(recordName(run.run))).add(replacement(checkpoint));
    if (isDone(run)) names.add(partialName(csvName(run.run))).add(checkpoint);
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
    if (names.has(name)) onDisk(path, () => rmSync(path, { force: true }));
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isDiskError(error)) return [];
    throw error;
  }
}
