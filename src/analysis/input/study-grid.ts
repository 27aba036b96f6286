import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/config.js";
import { gridRuns } from "../../config/grid.js";
import { isMainKey, parameterKeys, separated } from "../../config/parameters.js";
import { sweepFileName } from "../../results/paths.js";
import { studyCell } from "../../study/run.js";

/** What a sweep's folder says of the whole sweep. */
export interface StoredGrid {
  /** Runs in the grid, finished or not; null where only some of them are asked for. */
  readonly runs: number | null;
  /** Fixed parameters that are not the study's: "steps 1501 (study: 10001)". */
  readonly departures: readonly string[];
}

/** Reads a sweep's plan; null where the folder has none that can be read: figures and report do without. */
export function readStoredGrid(folder: string): StoredGrid | null {
  try {
    const { config } = JSON.parse(readFileSync(join(folder, sweepFileName), "utf8")) as {
      readonly config: Config;
    };
    return { runs: gridRuns(config).length, departures: departuresOf(config) };
  } catch {
    return null;
  }
}

function departuresOf(config: Config): readonly string[] {
  return parameterKeys
    .filter((key) => !isMainKey(key) && !Array.isArray(config[key]) && config[key] !== studyCell[key])
    .map((key) => `${separated(key, " ")} ${config[key]} (study: ${studyCell[key]})`);
}
