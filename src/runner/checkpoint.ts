import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Run } from "../config/cell.js";
import { canonical } from "../config/hash.js";
import { onDisk } from "../results/disk.js";
import { replaceFile } from "../results/files.js";
import { programVersion } from "../results/provenance.js";
import type { Progress } from "../results/writer.js";
import type { Snapshot } from "../study/trainer.js";
import type { Outcome } from "./outcome.js";

/** How far an unfinished run has come: its state, the part of its CSV that belongs to it, and what the rows so far amount to. */
export interface Checkpoint {
  readonly snapshot: Snapshot;
  readonly csv: Progress;
  readonly outcome: Outcome;
  /** Seconds that the run has taken so far. */
  readonly seconds: number;
}

const count = z.number().int().min(0);
const schema = z.object({
  version: z.literal(1),
  run: z.string(),
  step: count,
  tensors: z.array(z.object({ shape: z.array(count), values: z.string() })),
  csv: z.object({ bytes: count, rows: count }),
  outcome: z.string(),
  seconds: z.number(),
});

function pathOf(folder: string, run: Run): string {
  return join(folder, `run-${run.run}.checkpoint`);
}

/** Only the same program goes on from a checkpoint, and only with the same run and device. */
function identity(run: Run, engine: string): string {
  return canonical({ ...run, engine, segloss: programVersion() });
}

/** Writes a run's checkpoint in place of the one before. `engine` names all that its last bits depend on. Throws SeglossError on disk errors. */
export function writeCheckpoint(folder: string, run: Run, engine: string, checkpoint: Checkpoint): void {
  const { snapshot, csv, outcome, seconds } = checkpoint;
  const text = JSON.stringify({
    version: 1,
    run: identity(run, engine),
    step: snapshot.step,
    tensors: snapshot.tensors.map(({ shape, values }) => ({ shape, values: encode(values) })),
    csv,
    outcome: JSON.stringify(outcome, (_, value) =>
      Number.isFinite(value) || typeof value !== "number" ? value : `#${value}`,
    ),
    seconds,
  });
  const path = pathOf(folder, run);
  onDisk(path, () => replaceFile(path, `${text}\n`));
}

/** A run's checkpoint; undefined if there is none that can be used. */
export function readCheckpoint(folder: string, run: Run, engine: string): Checkpoint | undefined {
  try {
    const read = schema.parse(JSON.parse(readFileSync(pathOf(folder, run), "utf8")));
    if (read.run !== identity(run, engine) || read.csv.rows !== read.step || read.step >= run.cell.steps) {
      return undefined;
    }
    const tensors = read.tensors.map(({ shape, values }) => ({ shape, values: decode(values) }));
    if (tensors.some(({ shape, values }) => values.length !== shape.reduce((a, b) => a * b, 1))) {
      return undefined;
    }
    const outcome: Outcome = JSON.parse(read.outcome, (_, value) =>
      typeof value === "string" && value.startsWith("#") ? Number(value.slice(1)) : value,
    );
    return { snapshot: { step: read.step, tensors }, csv: read.csv, outcome, seconds: read.seconds };
  } catch {
    // Missing, cut off or of another version: the run starts anew.
    return undefined;
  }
}

/** Takes a run's checkpoint away, if there is one. */
export function removeCheckpoint(folder: string, run: Run): void {
  const path = pathOf(folder, run);
  onDisk(path, () => rmSync(path, { force: true }));
}

function encode(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

function decode(text: string): Float32Array {
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
