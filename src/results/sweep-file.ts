import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../config/config.js";
import { canonicalJson, differingKeys, hashConfig, sha256Hex } from "../config/hash.js";
import { parseStrictJson } from "../config/json.js";
import { escapeControls, printable } from "../config/problems.js";
import { exitCode } from "../errors.js";
import { laterParameters, studyCell } from "../study/run.js";
import { readPlainFile } from "./fs/contents.js";
import { createFileIfAbsent, replaceFile } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";
import { sweepFileName } from "./paths.js";
import { provenance } from "./provenance.js";

/** It holds a config, which has at most so many bytes in a file of its own too. */
export const maxSweepFileBytes = 16 * 2 ** 20;

/** Version 2 has a checksum of everything in it, also of what decides nothing; version 1 had none. */
const sweepFileVersion = 2;

const content = { config: z.record(z.string(), z.unknown()), hash: z.string() };
const schema = z.union([
  z.object({ version: z.literal(sweepFileVersion), checksum: z.string(), ...content }),
  z.object({ version: z.literal(1), checksum: z.undefined().optional(), ...content }),
]);

/** What a folder's sweep.json says: that there is none, what is damaged in it, or how its config differs from another. */
export type StoredSweep =
  | { readonly absent: true }
  | { readonly damage: string }
  | { readonly differences: (config: Config) => readonly string[] };

/** Reads a folder's sweep.json. Throws SeglossError if it exists but cannot be read. */
export function readSweepFile(folder: string): StoredSweep {
  const path = join(folder, sweepFileName);
  const file = escapeControls(path);
  let value: unknown;
  try {
    value = parseStrictJson(
      withFileErrors(path, () => readPlainFile(path, maxSweepFileBytes).toString(), exitCode.usage),
    );
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { damage: `${file} is not JSON` };
    }
    const code = error instanceof Error && isFileError(error.cause) ? error.cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") {
      return { absent: true };
    }
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return { damage: `${file} is of another version or incomplete` };
  }
  const { config, hash, checksum } = parsed.data;
  if (checksum !== undefined && checksum !== checksumOf(value)) {
    return { damage: `${file} was changed: it does not match its checksum` };
  }
  if (hashConfig(config as unknown as Config) !== hash) {
    return { damage: `${file} was changed: its config does not match its hash` };
  }
  const later = Object.fromEntries(laterParameters.map((key) => [key, studyCell[key]]));
  const whole = { ...later, ...config };
  return {
    differences: (other) => differingKeys(whole, other).map((key) => difference(key, whole, other)),
  };
}

/** Writes a folder's sweep.json in place of a damaged one. Throws SeglossError on disk errors. */
export function replaceSweepFile(folder: string, config: Config): void {
  const path = join(folder, sweepFileName);
  withFileErrors(path, () => replaceFile(path, formatSweepFile(config)), exitCode.usage);
}

/**
 * Writes a folder's sweep.json unless there is one: another part of the sweep, or another sweep, may have written it in the
 * meantime. Throws SeglossError on disk errors.
 */
export function createSweepFile(folder: string, config: Config): void {
  const path = join(folder, sweepFileName);
  withFileErrors(path, () => createFileIfAbsent(path, formatSweepFile(config)), exitCode.usage);
}

function formatSweepFile(config: Config): string {
  const versions = provenance();
  const { commit = null, dirty = null } = versions;
  const content = {
    version: sweepFileVersion,
    config,
    hash: hashConfig(config),
    versions: { ...versions, commit, dirty },
  };
  return `${JSON.stringify({ ...content, checksum: checksumOf(content) }, null, 2)}\n`;
}

/** Returns the checksum of all that a sweep.json holds beside it. */
function checksumOf(content: unknown): string {
  return sha256Hex(canonicalJson({ ...Object(content), checksum: undefined }));
}

function difference(key: string, stored: object, other: object): string {
  const valueIn = (config: object) =>
    printable(canonicalJson(new Map<string, unknown>(Object.entries(config)).get(key) ?? null));
  return `${printable(key)} (there ${valueIn(stored)}, here ${valueIn(other)})`;
}
