import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { canonical } from "../../config/hash.js";
import { checkpointName } from "../../results/cleanup.js";
import type { CsvProgress } from "../../results/csv-writer.js";
import { replaceFile } from "../../results/fs/durable.js";
import { withFileErrors } from "../../results/fs/errors.js";
import type { Provenance } from "../../results/provenance.js";
import type { Run } from "../../study/run.js";
import type { Snapshot } from "../../study/training.js";
import type { RunMetrics } from "./metrics.js";

/** How far an unfinished run has come: its state, the part of its CSV that belongs to it, and what the rows so far amount to. */
export interface Checkpoint {
  readonly snapshot: Snapshot;
  readonly csv: CsvProgress;
  readonly outcome: RunMetrics;
  /** When the run began first, and the seconds that it has taken so far. */
  readonly started: Date;
  readonly seconds: number;
}

const count = z.number().int().min(0);
const schema = z.object({
  version: z.literal(1),
  identity: z.string(),
  step: count,
  tensors: z.array(z.object({ shape: z.array(count), values: z.string() })),
  csv: z.object({ bytes: count, rows: count, sha256: z.string() }),
  outcome: z.string(),
  started: z.iso.datetime(),
  seconds: z.number(),
});

/** All that the last bits of a run may depend on beside its parameters: what goes on from a checkpoint must be the same. */
export function processIdentityOf(engine: string, { segloss, commit, dirty }: Provenance): string {
  return canonical({ engine, segloss, commit, dirty, processor: [process.arch, cpus()[0]?.model ?? ""] });
}

function identityOf(run: Run, program: string): string {
  return canonical({ run, program });
}

/** Writes a run's checkpoint in place of the one before. `program` is its `programIdentity`. Throws SeglossError on disk errors. */
export function writeCheckpoint(folder: string, run: Run, program: string, checkpoint: Checkpoint): void {
  const { snapshot, csv, outcome, started, seconds } = checkpoint;
  const text = JSON.stringify({
    version: 1,
    identity: identityOf(run, program),
    step: snapshot.step,
    tensors: snapshot.tensors.map(({ shape, values }) => ({ shape, values: encode(values) })),
    csv,
    outcome: outcomeText(outcome),
    started: started.toISOString(),
    seconds,
  });
  const path = join(folder, checkpointName(run.repetition));
  withFileErrors(path, () => replaceFile(path, `${text}\n${sha256(text)}\n`));
}

/** A run's checkpoint; undefined if there is none that can be used. */
export function readCheckpoint(folder: string, run: Run, program: string): Checkpoint | undefined {
  try {
    const [text = "", sum] = readFileSync(join(folder, checkpointName(run.repetition)), "utf8").split("\n");
    const read = schema.parse(JSON.parse(text));
    const fits = read.identity === identityOf(run, program) && read.csv.rows === read.step;
    if (sum !== sha256(text) || !fits || read.step >= run.cell.steps) {
      return undefined;
    }
    const tensors = read.tensors.map(({ shape, values }) => ({ shape, values: decode(values) }));
    const { step, csv, seconds } = read;
    const outcome = outcomeOf(read.outcome);
    return { snapshot: { step, tensors }, csv, outcome, started: new Date(read.started), seconds };
  } catch {
    // Missing, cut off or of another version: the run starts anew.
    return undefined;
  }
}

/** Takes a run's checkpoint away, if there is one. */
export function removeCheckpoint(folder: string, run: Run): void {
  const path = join(folder, checkpointName(run.repetition));
  withFileErrors(path, () => rmSync(path, { force: true }));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** JSON has no NaN and no infinities. */
function outcomeText(outcome: RunMetrics): string {
  return JSON.stringify(outcome, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? `#${value}` : value,
  );
}

function outcomeOf(text: string): RunMetrics {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === "string" && value.startsWith("#") ? Number(value.slice(1)) : value,
  );
}

function encode(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
