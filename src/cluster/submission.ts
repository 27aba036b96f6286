import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../config/config.js";
import { exitCode } from "../errors.js";
import { readTextIfAny } from "../results/fs/contents.js";
import { createFolder, replaceFile } from "../results/fs/durable.js";
import { withFileErrors } from "../results/fs/errors.js";
import { clusterFile, clusterFolderName, clusterLogsFolder } from "../results/paths.js";
import type { SlurmJob } from "./sbatch.js";

// What `segloss submit` leaves in the folder of a sweep: the config and scripts that the machines use, and what was submitted.

/** The engines that queue, place and repeat the shards of a sweep. */
export const engines = ["slurm", "parallel", "kubernetes"] as const;

/** The name of an engine. */
export type EngineName = (typeof engines)[number];

/** A submission of shards to an engine. */
export interface Submission {
  readonly engine: EngineName;
  /** From 1, of all submissions of the sweep. */
  readonly number: number;
  /** See `divisionId`. */
  readonly division: string;
  /** The job arrays of this and earlier submissions that had tasks in the queue when it was made, the newest first. */
  readonly arrays: readonly SlurmJob[];
  /** The job that follows the newest array; undefined for other engines, and if Slurm has refused it. */
  readonly end?: SlurmJob | undefined;
}

const job = z.object({ id: z.string().regex(/^\d+$/), cluster: z.string().optional() });
const schema = z.object({
  version: z.literal(1),
  engine: z.enum(engines),
  number: z.number().int().min(1),
  division: z.string(),
  arrays: z.array(job),
  end: job.optional(),
});

/** Returns the last submission of the sweep in a folder; undefined if there was none, or if its file cannot be read. */
export function readSubmission(folder: string): Submission | undefined {
  try {
    return schema.parse(JSON.parse(readTextIfAny(join(folder, clusterFile.submission)) ?? ""));
  } catch {
    return undefined;
  }
}

/** Writes what was submitted. Throws SeglossError on disk errors. */
export function writeSubmission(folder: string, submission: Submission): void {
  const { engine, number, division, arrays, end } = submission;
  const text = JSON.stringify({ version: 1, engine, number, division, arrays, end }, undefined, 2);
  writeFiles(folder, { [clusterFile.submission]: `${text}\n` });
}

/**
 * Writes the config and the scripts of a submission, and creates the folder of the logs: Slurm fails a job, without a message,
 * whose log cannot be created. The machines read this copy of the config, so the user's file may change meanwhile.
 * Throws SeglossError on disk errors.
 *
 * @param scripts texts by path within the folder
 */
export function writeScripts(
  folder: string,
  config: Config,
  scripts: Readonly<Record<string, string>>,
): void {
  for (const name of [clusterFolderName, clusterLogsFolder]) {
    const path = join(folder, name);
    withFileErrors(path, () => createFolder(path), exitCode.usage);
  }
  writeFiles(folder, { [clusterFile.config]: `${JSON.stringify(config, undefined, 2)}\n`, ...scripts });
}

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    withFileErrors(path, () => replaceFile(path, text), exitCode.usage);
  }
}
