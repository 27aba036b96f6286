import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/config.js";
import { gridRuns } from "../../config/grid.js";
import { isMainKey, parameterKeys, separated } from "../../config/parameters.js";
import { sweepFileName } from "../../results/paths.js";
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
    const { config } = JSON.parse(readFileSync(join(folder, sweepFileName), "utf8")) as {
      readonly config: Config;
    };
    return { runs: gridRuns(config).length, departures: departuresOf(config) };
  } catch {
    return undefined;
  }
}

function departuresOf(config: Config): readonly string[] {
  return parameterKeys
    .filter((key) => !isMainKey(key) && !Array.isArray(config[key]) && config[key] !== studyCell[key])
    .map((key) => `${separated(key, " ")} ${config[key]} (study: ${studyCell[key]})`);
}
