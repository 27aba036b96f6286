// Every name in an output folder:
//
//   OUT/sweep.json  summary.csv  report.html  figures/     of the sweep
//   OUT/sweep.lock                                         while a sweep is running
//   OUT/CELL/run-0.csv  run-0.json                         of a finished run
//   OUT/CELL/run-0.csv.partial  run-0.checkpoint           of an unfinished run
//   *.tmp                                                  the new text of a file until it replaces the old one

import { join } from "node:path";
import { cellName } from "../config/run-names.js";
import type { Run } from "../study/run.js";

/** The sweep's own record: its config, the config's hash and the versions. */
export const sweepFileName = "sweep.json";
export const summaryFileName = "summary.csv";
export const reportFileName = "report.html";
export const figuresFolderName = "figures";
export const lockFileName = "sweep.lock";

/** Returns the folder of a run's cell within the sweep's folder. */
export function cellFolder(sweepFolder: string, run: Pick<Run, "cell" | "columns">): string {
  return join(sweepFolder, cellName(run.cell, run.columns));
}

/** Returns the name of a run's CSV within its cell's folder. */
export function csvFileName(repetition: number): string {
  return `run-${repetition}.csv`;
}

/** Returns the repetition of a CSV, an unfinished CSV or a record in a cell's folder; undefined for any other name. */
export function repetitionOf(name: string): number | undefined {
  const [, repetition] = /^run-(\d+)\.(?:csv|csv\.partial|json)$/.exec(name) ?? [];
  return repetition === undefined ? undefined : Number(repetition);
}

/** Returns the name of a run's record within its cell's folder. */
export function recordFileName(repetition: number): string {
  return `run-${repetition}.json`;
}

/** Returns the name of an unfinished run's checkpoint within its cell's folder. */
export function checkpointFileName(repetition: number): string {
  return `run-${repetition}.checkpoint`;
}

/** Returns the name or path that a CSV has until it is complete. */
export function partialName(name: string): string {
  return `${name}.partial`;
}

/** Returns the name or path of a file's new text until it replaces the old one. */
export function temporaryName(name: string): string {
  return `${name}.tmp`;
}

/** Returns true if a name is of a kind that any sweep may leave behind, so that it says nothing about whose folder it is. */
export function isTransientName(name: string): boolean {
  return name.startsWith(".") || name.startsWith(lockFileName) || name.endsWith(temporaryName(""));
}
