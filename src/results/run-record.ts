import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { canonicalJson, sha256Hex } from "../config/hash.js";
import { jsonNumber, parseStrictJson } from "../config/json.js";
import { parameterKeys, parameters } from "../config/parameters.js";
import { type LossName, lossNames } from "../study/losses.js";
import { type MeasureName, measureNames } from "../study/measures.js";
import { type Cell, type Run, studyCell } from "../study/run.js";
import { isGone, readPlainFile } from "./fs/contents.js";
import { refuseLink, replaceFile } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";
import { recordFileName } from "./paths.js";

/** The version of the record's form, written into every record; records of other versions are not read. */
const recordVersion = 1;

/** A record has some kilobytes. */
const maxRecordBytes = 2 ** 20;

const count = z.number().int().min(0);
const lossName = z.enum(lossNames as unknown as readonly [LossName, ...LossName[]]);
const numberByLoss = z.partialRecord(lossName, jsonNumber);
const measureName = z.enum(measureNames as unknown as readonly [MeasureName, ...MeasureName[]]);
const streamSeed = z.tuple([z.number().int(), z.number().int()]);
const cell = z.strictObject(
  Object.fromEntries(
    parameterKeys.map((key) => {
      const type: z.ZodType = parameters[key].type;
      // A parameter that a record lacks, since it did not exist yet, has the study's value.
      return [key, type.default(studyCell[key])];
    }),
  ),
);

const storedResult = z.object({
  finalAccuracy: jsonNumber.nullable(),
  bestAccuracy: jsonNumber.nullable(),
  bestStep: count.nullable(),
  firstStepAt99: count.nullable(),
  finalLosses: numberByLoss,
  finalNorms: numberByLoss,
  // Records of version 0.1 lack it.
  finalMeasures: z.partialRecord(measureName, jsonNumber).default({}),
  firstNaN: count.nullable(),
});

const storedEnvironment = z.object({
  segloss: z.string(),
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  node: z.string(),
  tfjs: z.string(),
  tensorflow: z.string(),
  device: z.string(),
  xla: z.boolean(),
  threads: z.number(),
  // Records of version 0.1 lack the processor and the batch job.
  processor: z.object({ architecture: z.string(), model: z.string(), features: z.string() }).nullish(),
  job: z.string().nullish(),
});

/** A record as it is stored in JSON, apart from its checksum. */
const storedRecord = z.object({
  version: z.literal(recordVersion),
  cell: cell as unknown as z.ZodType<Cell>,
  name: z.string(),
  run: count,
  seed: count,
  monitor: z.array(lossName),
  perLayer: z.boolean(),
  // Records of version 0.1 lack it.
  metrics: z.array(measureName).default([]),
  columns: z.array(z.enum(parameterKeys as unknown as readonly [keyof Cell, ...(keyof Cell)[]])),
  csv: z.object({ file: z.string(), rows: count, bytes: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  result: storedResult,
  seeds: z.object({
    weights: streamSeed,
    training: streamSeed,
    validation: streamSeed,
    // Records of version 0.1 lack it.
    noise: streamSeed.optional(),
  }),
  environment: storedEnvironment,
  configHash: z.string(),
  started: z.string(),
  seconds: z.number(),
  command: z.string(),
  rerun: z.string(),
});

type DeepReadonly<Value> = { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> };
type StoredRecord = z.output<typeof storedRecord>;

/** Describes a finished run: which run it is, what came out, and where and how it was made. */
export type RunRecord = DeepReadonly<
  Omit<StoredRecord, "version" | "run" | "result" | "environment"> & {
    repetition: number;
    result: NullsAbsent<StoredRecord["result"]>;
    environment: NullsAbsent<StoredRecord["environment"]>;
  }
>;

/** In JSON the repetition is called `run`, as in the CSV, and what is absent is null. */
const recordCodec = z.codec(storedRecord, z.custom<RunRecord>(), {
  decode: ({ version: _, run, result, environment, ...rest }) => ({
    ...rest,
    repetition: run,
    result: nullsAbsent(result),
    environment: nullsAbsent(environment),
  }),
  encode: ({ repetition, result, environment, ...rest }) =>
    ({
      ...rest,
      version: recordVersion,
      run: repetition,
      result: absentNull(storedResult, result),
      environment: absentNull(storedEnvironment, environment),
    }) as StoredRecord,
});

type NullsAbsent<Value> = {
  [Key in keyof Value]: null extends Value[Key] ? Exclude<Value[Key], null> | undefined : Value[Key];
};

function nullsAbsent<Value extends object>(value: Value): NullsAbsent<Value> {
  const entries = Object.entries(value).map(([key, inner]) => [key, inner ?? undefined]);
  return Object.fromEntries(entries) as NullsAbsent<Value>;
}

function absentNull(schema: z.ZodObject, value: object): object {
  const values = new Map<string, unknown>(Object.entries(value));
  return Object.fromEntries(Object.keys(schema.shape).map((key) => [key, values.get(key) ?? null]));
}

/**
 * Writes a finished run's record into its cell's folder. It is the last of the run's files to be written: its presence
 * means that the run is finished. Throws SeglossError on disk errors.
 */
export function writeRunRecord(folder: string, record: RunRecord): void {
  const path = join(folder, recordFileName(record.repetition));
  withFileErrors(path, () => {
    refuseLink(folder);
    replaceFile(path, formatRunRecord(record));
  });
}

/** Returns the text of a record, with its checksum. */
export function formatRunRecord(record: RunRecord): string {
  const stored = z.encode(recordCodec, record);
  return `${JSON.stringify({ ...stored, checksum: checksumOf(stored) }, null, 2)}\n`;
}

/** Removes a run's record, if there is one, so that the run counts as not done. Throws SeglossError on disk errors. */
export function removeRunRecord(folder: string, repetition: number): void {
  const path = join(folder, recordFileName(repetition));
  withFileErrors(path, () => rmSync(path, { force: true }));
}

/** A record; or that there is none; or what is wrong with its file, worded to follow the file's name. */
export type ReadRecord =
  | { readonly record: RunRecord }
  | { readonly isMissing: true }
  | { readonly problem: string };

/** Reads a record. */
export function readRunRecord(file: string): ReadRecord {
  let value: unknown;
  try {
    value = parseStrictJson(readPlainFile(file, maxRecordBytes).toString());
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { problem: "is not JSON" };
    }
    if (!isFileError(error)) {
      throw error;
    }
    return isGone(error) ? { isMissing: true } : { problem: `cannot be read (${error.code})` };
  }
  const { version, checksum, ...rest } = { version: undefined, checksum: undefined, ...Object(value) };
  if (version !== recordVersion) {
    return { problem: `is of version ${JSON.stringify(version) ?? "none"}, not ${recordVersion}` };
  }
  const parsed = recordCodec.safeParse(value);
  if (!parsed.success) {
    return { problem: `is wrong or incomplete at ${z.core.toDotPath(parsed.error.issues[0]?.path ?? [])}` };
  }
  if (checksum !== checksumOf({ version, ...rest })) {
    return { problem: "was changed: it does not match its checksum" };
  }
  return { record: parsed.data };
}

/** Returns the checksum of all keys of a record, whatever their order. */
function checksumOf(record: object): string {
  return sha256Hex(canonicalJson(record));
}

/** Returns true if a record is of this very run: the same parameters, repetition, seed and columns. */
export function isRecordOf(record: RunRecord, run: Run): boolean {
  return identityOf(record) === identityOf(run);
}

function identityOf(run: RunRecord | Run): string {
  const { cell, repetition, seed, monitor, perLayer, metrics, columns } = run;
  return JSON.stringify([
    parameterKeys.map((key) => cell[key]),
    repetition,
    seed,
    monitor,
    perLayer,
    metrics,
    columns,
  ]);
}
