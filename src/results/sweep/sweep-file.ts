import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../../config/config.js";
import { canonicalJson, hashConfig, sha256Hex } from "../../config/hash.js";
import { parseStrictJson } from "../../config/json.js";
import { escapeControls, orThrow } from "../../config/problems.js";
import { validateConfig } from "../../config/validate.js";
import { exitCode, SeglossError } from "../../errors.js";
import { studyCell } from "../../study/run.js";
import { readPlainFile } from "../fs/contents.js";
import { createFileIfAbsent, replaceFile } from "../fs/durable.js";
import { isFileError, withFileErrors } from "../fs/errors.js";
import { earlierSweepFileName, sweepFileName } from "../paths.js";
import { provenance } from "../provenance.js";
import { isSameSweep } from "./growth.js";

/** It holds a config, which has at most so many bytes in a file of its own too. */
export const maxSweepFileBytes = 16 * 2 ** 20;

/** Version 2 has a checksum of everything in it, also of what decides nothing; version 1 had none. */
const sweepFileVersion = 2;

const content = {
  config: z.record(z.string(), z.unknown()),
  hash: z.string(),
  versions: z.record(z.string(), z.unknown()).default({}),
};
const schema = z.union([
  z.object({ version: z.literal(sweepFileVersion), checksum: z.string(), ...content }),
  z.object({ version: z.literal(1), checksum: z.undefined().optional(), ...content }),
]);

/** What a folder's sweep.json says: that there is none, what is damaged in it, or its content. */
export type StoredSweep =
  | { readonly absent: true }
  | { readonly damage: string }
  | {
      /** The effective config. A parameter that the file lacks, since it did not exist yet, has the study's value. */
      readonly config: Config;
      /** The versions of the program and its libraries that wrote the file. */
      readonly versions: Readonly<Record<string, unknown>>;
      /** The file's text. */
      readonly text: string;
    };

/**
 * Reads a folder's sweep.json, or another file of the same form. Throws SeglossError if it exists but cannot be read, or if
 * its config is not one of this version of segloss.
 */
export function readSweepFile(folder: string, name = sweepFileName): StoredSweep {
  const path = join(folder, name);
  const file = escapeControls(path);
  let text: string;
  let value: unknown;
  try {
    text = withFileErrors(path, () => readPlainFile(path, maxSweepFileBytes).toString(), exitCode.usage);
    value = parseStrictJson(text);
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
  const { config: stored, hash, checksum, versions } = parsed.data;
  if (checksum !== undefined && checksum !== checksumOf(value)) {
    return { damage: `${file} was changed: it does not match its checksum` };
  }
  if (hashConfig(stored as unknown as Config) !== hash) {
    return { damage: `${file} was changed: its config does not match its hash` };
  }
  const { config } = orThrow(validateConfig({ ...studyCell, ...stored }, { file, flags: new Map() }));
  return { config, versions, text };
}

/** Reads the sweep.json of a folder that has to be one of a sweep. Throws SeglossError if it is not, or is damaged. */
export function requireSweepFile(folder: string): Extract<StoredSweep, { readonly config: Config }> {
  const stored = readSweepFile(folder);
  if ("config" in stored) {
    return stored;
  }
  const reason = "damage" in stored ? stored.damage : `no ${sweepFileName} in it`;
  throw new SeglossError(`${escapeControls(folder)}: ${reason}; expected the folder of a sweep`, {
    exitCode: exitCode.usage,
  });
}

/**
 * Returns the configs that a folder's sweep had before it grew, the oldest first. A file that is damaged ends the list.
 * Throws SeglossError as readSweepFile() does.
 */
export function readEarlierConfigs(folder: string): readonly Config[] {
  const configs: Config[] = [];
  for (let number = 1; ; number++) {
    const stored = readSweepFile(folder, earlierSweepFileName(number));
    if (!("config" in stored)) {
      return configs;
    }
    configs.push(stored.config);
  }
}

/**
 * Writes the sweep.json of a sweep that has grown, and keeps the one before beside it. Several shards of a sweep may do so at
 * the same time. Throws SeglossError on disk errors.
 *
 * @returns the name of the file that keeps the config before
 */
export function growSweepFile(folder: string, config: Config): string {
  const before = readSweepFile(folder);
  const kept = readEarlierConfigs(folder).length;
  if ("config" in before && isSameSweep(before.config, config)) {
    // Another shard has done it in the meantime.
    return earlierSweepFileName(kept);
  }
  let number = kept + 1;
  const last = readSweepFile(folder, earlierSweepFileName(number - 1));
  const text = "text" in before ? before.text : "";
  // A sweep that was killed between the two writes, or another shard, has kept it already.
  if ("text" in last && last.text === text) {
    number--;
  }
  const name = earlierSweepFileName(number);
  const path = join(folder, name);
  withFileErrors(path, () => replaceFile(path, text), exitCode.usage);
  replaceSweepFile(folder, config);
  return name;
}

/** Writes a folder's sweep.json in place of the one that is there. Throws SeglossError on disk errors. */
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
