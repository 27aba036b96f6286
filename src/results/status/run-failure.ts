import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { batchJob } from "../batch-job.js";
import { readTextIfAny } from "../fs/contents.js";
import { createFolder, refuseLink, replaceFile } from "../fs/durable.js";
import { withFileErrors } from "../fs/errors.js";
import { failureFileName } from "../paths.js";

// Why a run failed, beside its other files: so that any machine can say so after the sweep has ended. The file is removed when
// the run begins again.

const schema = z.object({
  version: z.literal(1),
  message: z.string(),
  failed: z.iso.datetime(),
  host: z.string(),
  pid: z.number().int(),
  job: z.string().nullable(),
});

/** Describes how a run failed. */
export interface RunFailure {
  /** May have several lines. */
  readonly message: string;
  readonly failed: Date;
  /** Of the sweep's main process. */
  readonly host: string;
  readonly pid: number;
  /** See `batchJob`. */
  readonly job: string | undefined;
}

/** Writes into a cell's folder that a run failed. Throws SeglossError on disk errors. */
export function writeRunFailure(folder: string, repetition: number, message: string): void {
  const path = join(folder, failureFileName(repetition));
  const content: z.input<typeof schema> = {
    version: 1,
    message,
    failed: new Date().toISOString(),
    host: hostname(),
    pid: process.pid,
    job: batchJob() ?? null,
  };
  withFileErrors(path, () => {
    createFolder(folder);
    refuseLink(folder);
    replaceFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
  });
}

/** Returns how a run failed; undefined if it did not, or if the file cannot be read. */
export function readRunFailure(folder: string, repetition: number): RunFailure | undefined {
  const text = readTextIfAny(join(folder, failureFileName(repetition)));
  if (text === undefined) {
    return undefined;
  }
  try {
    const { message, failed, host, pid, job } = schema.parse(JSON.parse(text));
    return { message, failed: new Date(failed), host, pid, job: job ?? undefined };
  } catch {
    return undefined;
  }
}

/** Removes what an earlier attempt at a run wrote, if anything. Throws SeglossError on disk errors. */
export function removeRunFailure(folder: string, repetition: number): void {
  const path = join(folder, failureFileName(repetition));
  withFileErrors(path, () => rmSync(path, { force: true }));
}
