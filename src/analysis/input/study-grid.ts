import { join } from "node:path";
import type { Config } from "../../config/config.js";
import { runCount } from "../../config/grid.js";
import { parseStrictJson } from "../../config/json.js";
import { isMainKey, parameterKeys, separated } from "../../config/parameters.js";
import { validateConfig } from "../../config/validate.js";
import { readPlainFile } from "../../results/fs/contents.js";
import { sweepFileName } from "../../results/paths.js";
import { maxSweepFileBytes } from "../../results/sweep-file.js";
import { studyCell } from "../../study/run.js";

/** The whole sweep, as its folder's sweep.json has it. */
export interface StoredGrid {
  /** Runs in the grid, finished or not; undefined if only some of them are asked for. */
  readonly runs: number | undefined;
  /** Fixed parameters that are not the study's: "steps 1501 (study: 10001)". */
  readonly departures: readonly string[];
}

/** Reads the grid of a sweep's folder. Returns undefined if it cannot be read: figures and report do without. */
export function readStoredGrid(folder: string): StoredGrid | undefined {
  try {
    const text = readPlainFile(join(folder, sweepFileName), maxSweepFileBytes).toString();
    const checked = validateConfig(Object(parseStrictJson(text)).config, { flags: new Set() });
    return "problems" in checked
      ? undefined
      : { runs: runCount(checked.config), departures: departuresOf(checked.config) };
  } catch {
    return undefined;
  }
}

function departuresOf(config: Config): readonly string[] {
  return parameterKeys
    .filter((key) => !isMainKey(key) && !Array.isArray(config[key]) && config[key] !== studyCell[key])
    .map((key) => `${separated(key, " ")} ${config[key]} (study: ${studyCell[key]})`);
}
