// Every name in an output folder:
//
//   OUT/sweep.json  summary.csv  report.html  figures/     of the sweep
//   OUT/sweep-1.json                                       its sweep.json before it grew
//   OUT/shards.json                                        how it was last divided into shards
//   OUT/sweep.lock  sweep.2-of-8.lock                      while a sweep, or a part of it, is running
//   OUT/cluster/                                           what `segloss submit` writes: config, scripts, logs
//   OUT/CELL/run-0.csv  run-0.json  run-0.npz              of a finished run; the weights only with --save-weights
//   OUT/CELL/run-0.csv.partial  run-0.checkpoint           of an unfinished run
//   OUT/CELL/run-0.failure                                 of a run that failed, until it begins again
//   *.HOST-PID-RANDOM.tmp                                  the new text of a file until it replaces the old one

import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { cellName } from "../config/run-names.js";
import type { Run } from "../study/run.js";

/** The sweep's own record: its config, the config's hash and the versions. */
export const sweepFileName = "sweep.json";

/** Returns the name of the sweep.json that a sweep had before it grew for the first time, the second time and so on. */
export function earlierSweepFileName(number: number): string {
  return `sweep-${number}.json`;
}

/** Returns true if a name is one that earlierSweepFileName() returns. */
export function isEarlierSweepFileName(name: string): boolean {
  return /^sweep-[1-9]\d*\.json$/.test(name);
}

/** How the sweep was last divided into shards. */
export const divisionFileName = "shards.json";

export const summaryFileName = "summary.csv";
export const reportFileName = "report.html";
export const figuresFolderName = "figures";

/** The folder for what `segloss submit` writes. */
export const clusterFolderName = "cluster";

/** The files that `segloss submit` writes, by their paths within the sweep's folder. */
export const clusterFile = {
  config: `${clusterFolderName}/config.json`,
  submission: `${clusterFolderName}/submission.json`,
  /** For Slurm: the job array, and the job after it. */
  tasks: `${clusterFolderName}/tasks.sh`,
  end: `${clusterFolderName}/end.sh`,
  /** For GNU parallel: all shards, and one of them. */
  parallel: `${clusterFolderName}/parallel.sh`,
  shard: `${clusterFolderName}/shard.sh`,
  /** For Kubernetes. */
  job: `${clusterFolderName}/job.json`,
} as const;

/** The folder for what the shards print. */
export const clusterLogsFolder = `${clusterFolderName}/logs`;

/** One of the parts that a sweep is divided into. */
export interface SweepPart {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/** Returns the name of the lock of a sweep, or of a part of it. */
export function lockFileName(part?: SweepPart): string {
  return part === undefined ? "sweep.lock" : `sweep.${part.index}-of-${part.count}.lock`;
}

/** Returns which part of a sweep a lock is of, `part` being undefined for the whole; undefined if the name is not a lock's. */
export function parseLockFileName(name: string): { readonly part: SweepPart | undefined } | undefined {
  const match = /^sweep(?:\.(\d+)-of-(\d+))?\.lock$/.exec(name);
  if (match === null) {
    return undefined;
  }
  const [, index, count] = match;
  return { part: index === undefined ? undefined : { index: Number(index), count: Number(count) } };
}

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

/** Returns the name of the file with a run's weights within its cell's folder. */
export function weightsFileName(repetition: number): string {
  return `run-${repetition}.npz`;
}

/** Returns the name of an unfinished run's checkpoint within its cell's folder. */
export function checkpointFileName(repetition: number): string {
  return `run-${repetition}.checkpoint`;
}

/** Returns the name of the file with the reason for a run's failure within its cell's folder. */
export function failureFileName(repetition: number): string {
  return `run-${repetition}.failure`;
}

/** Returns the name or path that a CSV has until it is complete. */
export function partialName(name: string): string {
  return `${name}.partial`;
}

/** Returns a name or path for a file's new text until it replaces the old one. No other process on any machine uses it. */
export function temporaryName(name: string): string {
  const host = hostname().replace(/\W/g, "_").slice(0, 20);
  return `${name}.${host}-${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
}

/** Returns the name of the file that a temporary name belongs to; undefined if the name is not a temporary one. */
export function temporaryTarget(name: string): string | undefined {
  // Older versions put nothing between the name and ".tmp".
  return /^(.+?)(?:\.\w*-\d+-[0-9a-f]{8})?\.tmp$/.exec(name)?.[1];
}

/** Returns true if a name is of a kind that any sweep may leave behind, so that it says nothing about whose folder it is. */
export function isTransientName(name: string): boolean {
  // Older versions named the temporary files of locks "sweep.lock.PID".
  const isLeftover = temporaryTarget(name) !== undefined || name.startsWith(`${lockFileName()}.`);
  return name.startsWith(".") || isLeftover || parseLockFileName(name) !== undefined;
}
