import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../../config/config.js";
import { filterRuns, filterSpace, parseRunFilter } from "../../config/filter.js";
import { exitCode } from "../../errors.js";
import type { Run } from "../../study/run.js";
import { readTextIfAny } from "../fs/contents.js";
import { replaceFile } from "../fs/durable.js";
import { withFileErrors } from "../fs/errors.js";
import { divisionFileName } from "../paths.js";
import { divisionId, partitionRuns, type Shard } from "./partition.js";

// How a sweep was last divided into shards. Their runs follow from the config, so only what else decides is stored.

const schema = z.object({
  version: z.literal(1),
  count: z.number().int().min(1).max(1000),
  device: z.enum(["cpu", "gpu"]),
  only: z.array(z.string()),
  id: z.string(),
});

/** A division of a sweep into shards. */
export interface Division {
  /** The number of shards. */
  readonly count: number;
  readonly device: "cpu" | "gpu";
  /** The texts of `--only`. */
  readonly only: readonly string[];
  /** See `divisionId`. */
  readonly id: string;
}

/**
 * Writes the division into a sweep's folder, unless it is there. A shard of it must be locked, so that no other process divides
 * the sweep in another way. Throws SeglossError on disk errors.
 */
export function writeDivision(folder: string, { count, device, only, id }: Division): void {
  const path = join(folder, divisionFileName);
  const text = `${JSON.stringify({ version: 1, count, device, only, id }, undefined, 2)}\n`;
  if (readTextIfAny(path) !== text) {
    withFileErrors(path, () => replaceFile(path, text), exitCode.usage);
  }
}

/** Returns how the sweep in a folder was last divided; undefined if it never was, or if the file cannot be read. */
export function readDivision(folder: string): Division | undefined {
  try {
    return schema.parse(JSON.parse(readTextIfAny(join(folder, divisionFileName)) ?? ""));
  } catch {
    return undefined;
  }
}

/** Returns the shards of a division; undefined if the sweep has grown since, and so divides in another way. */
export function shardsOfDivision(
  config: Config,
  runs: readonly Run[],
  { count, device, only, id }: Division,
): readonly Shard[] | undefined {
  const shards = partitionRuns(chooseRuns(config, runs, only), count, device);
  return divisionId(shards, device) === id ? shards : undefined;
}

/** Returns the runs that texts of `--only` select; none if they have a mistake. */
export function chooseRuns(config: Config, runs: readonly Run[], only: readonly string[]): readonly Run[] {
  if (only.length === 0) {
    return runs;
  }
  const parsed = parseRunFilter(only, filterSpace(config));
  return "problems" in parsed ? [] : filterRuns(runs, parsed.filter);
}
