import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { canonicalJson, sha256Hex } from "../../config/hash.js";
import { parseJsonNumbers, stringifyJson } from "../../config/json.js";
import type { CsvProgress } from "../../results/csv-writer.js";
import { readPlainFile } from "../../results/fs/contents.js";
import { refuseLink, replaceFile } from "../../results/fs/durable.js";
import { withFileErrors } from "../../results/fs/errors.js";
import { checkpointFileName } from "../../results/paths.js";
import type { Provenance } from "../../results/provenance.js";
import { emptyMetrics, type RunMetrics } from "../../results/run-metrics.js";
import type { Run } from "../../study/run.js";
import type { Snapshot } from "../../study/training.js";
import { type Processor, thisProcessor } from "../../tensorflow/index.js";

/** An unfinished run on the disk. */
export interface Checkpoint {
  readonly snapshot: Snapshot;
  /** The part of its CSV that was written up to the snapshot. */
  readonly csv: CsvProgress;
  /** Of the rows up to the snapshot. */
  readonly metrics: RunMetrics;
  /** When its first step was trained. */
  readonly started: Date;
  /** Seconds of training up to the snapshot. */
  readonly seconds: number;
}

/** Far above the state of the largest network. */
const maxCheckpointBytes = 2 ** 30;

const count = z.number().int().min(0);
const schema = z.object({
  version: z.literal(2),
  identity: z.string(),
  step: count,
  tensors: z.array(z.object({ name: z.string(), shape: z.array(count), values: z.string() })),
  csv: z.object({ bytes: count, rows: count, sha256: z.string() }),
  metrics: z.string(),
  started: z.iso.datetime(),
  seconds: z.number(),
});

/**
 * Returns the identity of the program and machine: all that the last bits of a run may depend on beside its parameters.
 * A run is resumed only under the same identity.
 */
export function programIdentity(
  engine: string,
  { segloss, commit, dirty }: Provenance,
  processor: Processor = thisProcessor(),
): string {
  return canonicalJson({ engine, segloss, commit, dirty, processor });
}

/**
 * Writes a run's checkpoint, atomically replacing the one before. Throws SeglossError on disk errors.
 *
 * @param program see `programIdentity`
 */
export function writeCheckpoint(folder: string, run: Run, program: string, checkpoint: Checkpoint): void {
  const { snapshot, csv, metrics, started, seconds } = checkpoint;
  const text = JSON.stringify({
    version: 2,
    identity: checkpointIdentity(run, program),
    step: snapshot.step,
    tensors: snapshot.tensors.map((tensor) => ({ ...tensor, values: encodeFloats(tensor.values) })),
    csv,
    metrics: stringifyJson(metrics),
    started: started.toISOString(),
    seconds,
  });
  const path = join(folder, checkpointFileName(run.repetition));
  withFileErrors(path, () => {
    refuseLink(folder);
    replaceFile(path, `${text}\n${sha256Hex(text)}\n`);
  });
}

/**
 * Reads a run's checkpoint. Returns undefined if there is none, or if it is damaged or of another run, program or version:
 * the run then starts from its first step, which costs time but never a wrong number.
 */
export function readCheckpoint(folder: string, run: Run, program: string): Checkpoint | undefined {
  try {
    const [text = "", sum] = readCheckpointText(folder, run).split("\n");
    const read = schema.parse(JSON.parse(text));
    const fits = read.identity === checkpointIdentity(run, program) && read.csv.rows === read.step;
    if (sum !== sha256Hex(text) || !fits || read.step >= run.cell.steps) {
      return undefined;
    }
    const tensors = read.tensors.map((tensor) => ({ ...tensor, values: decodeFloats(tensor.values) }));
    return {
      snapshot: { step: read.step, tensors },
      csv: read.csv,
      metrics: { ...emptyMetrics, ...(parseJsonNumbers(read.metrics) as RunMetrics) },
      started: new Date(read.started),
      seconds: read.seconds,
    };
  } catch {
    return undefined;
  }
}

function readCheckpointText(folder: string, run: Run): string {
  return readPlainFile(join(folder, checkpointFileName(run.repetition)), maxCheckpointBytes).toString();
}

/** Removes a run's checkpoint if there is one. Throws SeglossError on disk errors. */
export function removeCheckpoint(folder: string, run: Run): void {
  const path = join(folder, checkpointFileName(run.repetition));
  withFileErrors(path, () => rmSync(path, { force: true }));
}

function checkpointIdentity(run: Run, program: string): string {
  return canonicalJson({ run, program });
}

/** Floats as base64 of their bytes: exact, and a third of the size of decimal text. */
function encodeFloats(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function decodeFloats(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
