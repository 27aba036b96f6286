import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { canonicalJson } from "../config/hash.js";
import { parameterKeys, parameters } from "../config/parameters.js";
import { type LossName, lossNames } from "../study/losses.js";
import type { Cell, Run } from "../study/run.js";
import { replaceFile } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";

/** JSON has no NaN and no infinities: they are written as words. */
const anyNumber = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);
const count = z.number().int().min(0);
const lossName = z.enum(lossNames as unknown as readonly [LossName, ...LossName[]]);
const byLoss = z.partialRecord(lossName, anyNumber);
const twoSeeds = z.tuple([z.number().int(), z.number().int()]);
const cell = z.strictObject(Object.fromEntries(parameterKeys.map((key) => [key, parameters[key].type])));

const schema = z.object({
  version: z.literal(1),
  cell: cell as unknown as z.ZodType<Cell>,
  name: z.string(),
  run: count,
  seed: count,
  monitor: z.array(lossName),
  perLayer: z.boolean(),
  columns: z.array(z.enum(parameterKeys as unknown as readonly [keyof Cell, ...(keyof Cell)[]])),
  csv: z.object({ file: z.string(), rows: count, bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  result: z.object({
    finalAccuracy: anyNumber.nullable(),
    bestAccuracy: anyNumber.nullable(),
    bestStep: count.nullable(),
    firstStepAt99: count.nullable(),
    finalLosses: byLoss,
    finalNorms: byLoss,
    firstNaN: count.nullable(),
  }),
  seeds: z.object({
    weights: twoSeeds,
    training: twoSeeds,
    validation: twoSeeds,
    // Records of version 0.1 lack it.
    noise: twoSeeds.optional(),
  }),
  environment: z.object({
    segloss: z.string(),
    commit: z.string().nullable(),
    dirty: z.boolean().nullable(),
    node: z.string(),
    tfjs: z.string(),
    tensorflow: z.string(),
    device: z.string(),
    xla: z.boolean(),
    threads: z.number(),
  }),
  configHash: z.string(),
  started: z.string(),
  seconds: z.number(),
  command: z.string(),
  rerun: z.string(),
});

type DeepReadonly<Value> = { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> };

/** What is known of a finished run; its file, written last, is what says that the run is finished. */
export type RunRecord = DeepReadonly<z.output<typeof schema>>;

/** The name of a run's record within its cell's folder. */
export function recordName(run: number): string {
  return `run-${run}.json`;
}

/** Writes a finished run's record into its cell's folder. Throws SeglossError on disk errors. */
export function writeRunRecord(folder: string, record: RunRecord): void {
  const path = join(folder, recordName(record.run));
  const plain = JSON.stringify(record, (_, value) => (isNamedNumber(value) ? String(value) : value));
  const value: object = JSON.parse(plain);
  const text = JSON.stringify({ ...value, checksum: checksumOf(value) }, null, 2);
  withFileErrors(path, () => replaceFile(path, `${text}\n`));
}

/** Takes a run's record away, so that the run counts as not done. Throws SeglossError on disk errors. */
export function removeRunRecord(folder: string, run: number): void {
  const path = join(folder, recordName(run));
  withFileErrors(path, () => rmSync(path, { force: true }));
}

/** A record, or what is wrong with its file. */
export type ReadRecord = { readonly record: RunRecord } | { readonly problem: string };

/** Reads a record; "is missing" is a problem too. */
export function readRunRecord(file: string): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { problem: "is not JSON" };
    }
    if (!isFileError(error)) {
      throw error;
    }
    return { problem: error.code === "ENOENT" ? missing : `cannot be read (${error.code})` };
  }
  const { version, checksum, ...rest } = { version: undefined, checksum: undefined, ...Object(value) };
  if (version !== 1) {
    return { problem: `is of version ${JSON.stringify(version) ?? "none"}, not 1` };
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return { problem: `is wrong or incomplete at ${z.core.toDotPath(parsed.error.issues[0]?.path ?? [])}` };
  }
  if (checksum !== checksumOf({ version, ...rest })) {
    return { problem: "was changed: it does not match its checksum" };
  }
  return { record: parsed.data };
}

/** Of all that a record says, whatever the order of its keys. */
function checksumOf(record: object): string {
  return createHash("sha256").update(canonicalJson(record)).digest("hex");
}

/** The problem of a record that is not there, which is no damage. */
export const missing = "is missing";

/** Whether a record is of this very run: parameters, repetition, seed and columns. */
export function isRecordOf(record: RunRecord, run: Run): boolean {
  const identity = (of: Run) =>
    JSON.stringify([
      parameterKeys.map((key) => of.cell[key]),
      of.repetition,
      of.seed,
      of.monitor,
      of.perLayer,
      of.columns,
    ]);
  return identity({ ...record, repetition: record.run }) === identity(run);
}

function isNamedNumber(value: unknown): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}
