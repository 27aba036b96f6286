import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../config/config.js";
import { canonicalJson, differingKeys, hashConfig } from "../config/hash.js";
import { printable } from "../config/problems.js";
import { exitCode } from "../errors.js";
import { replaceFile } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";
import { provenance } from "./provenance.js";

export const sweepName = "sweep.json";

const schema = z.object({
  version: z.literal(1),
  config: z.record(z.string(), z.unknown()),
  hash: z.string(),
});

/** A sweep's own record, which says of which config its folder is. */
export type StoredSweep =
  | { readonly absent: true }
  | { readonly damage: string }
  | { readonly differences: (config: Config) => readonly string[] };

/** Reads a folder's sweep.json. Throws SeglossError if the folder cannot be read. */
export function readSweepFile(folder: string): StoredSweep {
  const path = join(folder, sweepName);
  let value: unknown;
  try {
    value = JSON.parse(withFileErrors(path, () => readFileSync(path, "utf8"), exitCode.usage));
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { damage: `${path} is not JSON` };
    }
    const code = error instanceof Error && isFileError(error.cause) ? error.cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") {
      return { absent: true };
    }
    throw error;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return { damage: `${path} is of another version or incomplete` };
  }
  const { config, hash } = parsed.data;
  if (hashConfig(config as unknown as Config) !== hash) {
    return { damage: `${path} was changed: its config does not match its hash` };
  }
  return {
    differences: (asked) => differingKeys(config, asked).map((key) => difference(key, config, asked)),
  };
}

/** Writes a folder's sweep.json. Throws SeglossError on disk errors. */
export function writeSweepFile(folder: string, config: Config): void {
  const path = join(folder, sweepName);
  const text = JSON.stringify(
    { version: 1, config, hash: hashConfig(config), versions: provenance() },
    null,
    2,
  );
  withFileErrors(path, () => replaceFile(path, `${text}\n`), exitCode.usage);
}

function difference(key: string, stored: object, asked: object): string {
  const of = (config: object) => printable(canonicalJson(new Map(Object.entries(config)).get(key) ?? null));
  return `${printable(key)} (there ${of(stored)}, here ${of(asked)})`;
}
