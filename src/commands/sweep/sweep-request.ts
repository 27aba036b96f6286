import { statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Config } from "../../config/config.js";
import { filterRuns, filterSpace, parseRunFilter } from "../../config/filter.js";
import { type Override, parseFlag, parseSetFlags } from "../../config/flags.js";
import { loadConfig, overrideConfig } from "../../config/load.js";
import { flagOf, ruleOf } from "../../config/parameters.js";
import { allProblems, type Problem, type Problems } from "../../config/problems.js";
import { orWord, wholeNumber } from "../../config/value-types.js";
import { findConfigFile, seglossCommandLine } from "../../installation.js";
import { sweepFileName } from "../../results/paths.js";
import { readSweepFile } from "../../results/sweep/sweep-file.js";
import { plannedRuns } from "../../results/sweep/sweep-folder.js";
import type { CommonOptions } from "../../runner/types.js";
import type { Run } from "../../study/run.js";
import { parseTrainingFlags, type TrainingFlags } from "../options.js";
import { parseShard, type ShardRequest } from "./shard.js";

/** The flags of sweep, as commander returns them. */
export interface SweepFlags extends TrainingFlags {
  readonly output?: string;
  readonly only?: readonly string[];
  readonly set?: readonly string[];
  readonly seed?: string;
  readonly steps?: string;
  readonly jobs?: string;
  readonly lanes?: string;
  readonly shard?: string;
  readonly dryRun?: boolean;
  readonly failFast?: boolean;
  readonly saveWeights?: boolean;
  readonly rerun?: boolean;
  readonly strict?: boolean;
}

/** A sweep as file and flags describe it, free of mistakes. */
export interface SweepRequest {
  readonly config: Config;
  /** Every run of the config, in grid order, with the names that they have in the output folder. */
  readonly all: readonly Run[];
  /** Those of them that --only and --shard leave. */
  readonly chosen: readonly Run[];
  /** The part of the sweep that is asked for; undefined for the whole. */
  readonly shard: ShardRequest | undefined;
  /** The texts of --only. */
  readonly only: readonly string[];
  /** The number of cells of the chosen runs. */
  readonly cells: number;
  /** The output folder. */
  readonly out: string;
  readonly jobs: number | "auto";
  readonly lanes: number | "auto";
  readonly common: CommonOptions;
}

const jobsType = orWord(wholeNumber(1, 1_024), "auto");
const lanesType = orWord(wholeNumber(1, 100_000), "auto");

/**
 * Returns what a config and flags ask for, or every problem of both. Writes nothing.
 *
 * @param file a config file, the name of a shipped config, or the folder of a sweep, whose config it is
 */
export function sweepRequest(file: string, flags: SweepFlags): { readonly request: SweepRequest } | Problems {
  const set = parseSetFlags(flags.set ?? []);
  const overrides = [...("overrides" in set ? set.overrides : []), ...overridesOf(flags)];
  const path = findConfigFile(file);
  const loaded = loadStoredConfig(path, overrides) ?? loadConfig(path, overrides);
  const only = parseRunFilter(flags.only ?? [], filterSpace("config" in loaded ? loaded.config : undefined));
  const common = parseTrainingFlags(flags);
  const jobs = parseFlag("--jobs", flags.jobs ?? "auto", jobsType);
  const lanes = parseFlag("--lanes", flags.lanes ?? "auto", lanesType);
  const out = outputFolder(path, flags);
  if ("problems" in set || "problems" in loaded || "problems" in only || "problems" in common) {
    return { problems: allProblems(set, loaded, only, common, jobs, lanes, out) };
  }
  if ("problems" in jobs || "problems" in lanes || "problems" in out) {
    return { problems: allProblems(jobs, lanes, out) };
  }
  const { config } = loaded;
  const all = plannedRuns(out.path, config);
  const selected = filterRuns(all, only.filter);
  if (selected.length === 0) {
    return { problems: [nothingLeft()] };
  }
  const divided = parseShard(flags.shard, selected, flags.only ?? [], common.options.device);
  if ("problems" in divided) {
    return divided;
  }
  const { shard } = divided;
  const chosen = shard?.runs ?? selected;
  const cells = cellCount(chosen);
  return {
    request: {
      config,
      all,
      chosen,
      shard,
      only: flags.only ?? [],
      cells,
      out: out.path,
      jobs: jobs.value,
      lanes: lanes.value,
      common: common.options,
    },
  };
}

/** Returns the number of cells that runs of one grid have. */
export function cellCount(runs: readonly Run[]): number {
  return new Set(runs.map((run) => run.cell)).size;
}

/** Returns the config in the folder of a sweep; undefined if the path is not a folder. */
function loadStoredConfig(
  folder: string,
  overrides: readonly Override[],
): { readonly config: Config } | Problems | undefined {
  if (!isFolder(folder)) {
    return undefined;
  }
  const stored = readSweepFile(folder);
  if ("config" in stored) {
    return overrideConfig(stored.config, overrides, join(folder, sweepFileName));
  }
  const got = "damage" in stored ? `a folder in which ${stored.damage}` : `a folder without ${sweepFileName}`;
  return { problems: [{ place: folder, path: "", got, allowed: "a config file, or the folder of a sweep" }] };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // loadConfig() names the reason.
    return false;
  }
}

function nothingLeft(): Problem {
  const list = seglossCommandLine("sweep", "CONFIG", "--dry-run");
  return {
    place: "--only",
    path: "",
    got: "conditions that no run of the sweep fulfills",
    allowed: `conditions that leave a run; "${list}" lists all runs`,
  };
}

/** Returns the values of the flags that are named as keys of a config. */
function overridesOf(flags: SweepFlags): readonly Override[] {
  return (["seed", "steps"] as const).flatMap((key) => {
    const text = flags[key];
    return text === undefined ? [] : [{ key, value: ruleOf(key).parse(text), flag: flagOf(key) }];
  });
}

/** Returns the output folder: that of the sweep, or runs/ and the config's name, unless --output names another. */
function outputFolder(file: string, { output }: SweepFlags): { readonly path: string } | Problems {
  if (output === "") {
    return { problems: [{ place: "--output", path: "", got: "an empty name", allowed: "a folder" }] };
  }
  if (output !== undefined) {
    return { path: output };
  }
  if (isFolder(file)) {
    return { path: file };
  }
  const name = basename(file).replace(/\.json$/i, "");
  return { path: join("runs", /^\.*$/.test(name) ? "sweep" : name) };
}
