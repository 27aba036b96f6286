import type { Config } from "../config/config.js";
import { gridRuns } from "../config/grid.js";
import { loadConfig, overrideConfig } from "../config/load.js";
import { orThrow } from "../config/problems.js";
import { findConfigFile } from "../installation.js";
import type { Run } from "../study/run.js";

/**
 * Returns the effective config of a value such as a config file holds: checked, with the default of every key that it lacks.
 * Throws SeglossError that lists every problem.
 */
export function parseConfig(value: unknown): Config {
  return orThrow(overrideConfig(value, [], "the config")).config;
}

/** Reads and checks a config file, or the shipped config of that name. Throws SeglossError that lists every problem. */
export function readConfig(file: string): Config {
  return orThrow(loadConfig(findConfigFile(file))).config;
}

/** Returns the runs of a config: its grid, cell by cell, and every cell's repetitions. */
export function configRuns(config: Config): readonly Run[] {
  return gridRuns(config);
}
