import { basename, join } from "node:path";
import type { Config } from "../config/config.js";
import { filterSpace, filterValue, matchesFilter, parseRunFilter } from "../config/filter.js";
import { parseFlag } from "../config/flags.js";
import { gridCells, gridRuns } from "../config/grid.js";
import { loadConfig, type Overrides } from "../config/load.js";
import { parameters, settings } from "../config/parameters.js";
import type { Problems } from "../config/problems.js";
import type { CommonOptions } from "../runner/types.js";
import type { Run } from "../study/run.js";
import { type CommonFlags, commonOptions, jobs, lanes } from "./options.js";

/** The flags of sweep, as commander gives them. */
export interface SweepFlags extends CommonFlags {
  readonly out?: string;
  readonly only?: readonly string[];
  readonly seed?: string;
  readonly steps?: string;
  readonly jobs?: string;
  readonly lanes?: string;
  readonly dryRun?: boolean;
  readonly failFast?: boolean;
  readonly rerun?: boolean;
}

/** A sweep that was asked for and is sound. */
export interface SweepRequest {
  readonly config: Config;
  /** Every run of the config, in grid order, and those of them that --only leaves. */
  readonly all: readonly Run[];
  readonly chosen: readonly Run[];
  readonly cells: number;
  readonly out: string;
  readonly jobs: number | "auto";
  readonly lanes: number | "auto";
  readonly common: CommonOptions;
}

/** What a config file and flags ask for, or every problem of both. Reads the file, writes nothing. */
export function sweepRequest(file: string, flags: SweepFlags): { readonly request: SweepRequest } | Problems {
  const loaded = loadConfig(file, overrides(flags));
  const only = parseRunFilter(
    flags.only ?? [],
    filterSpace("problems" in loaded ? undefined : loaded.config),
  );
  const common = commonOptions(flags);
  const workers = parseFlag("--jobs", flags.jobs ?? "auto", jobs);
  const side = parseFlag("--lanes", flags.lanes ?? "auto", lanes);
  const out = outOf(file, flags);
  const problems = [loaded, only, common, workers, side, out].flatMap((part) =>
    "problems" in part ? part.problems : [],
  );
  if ("problems" in loaded || "problems" in only || "problems" in common) {
    return { problems };
  }
  if ("problems" in workers || "problems" in side || "problems" in out) {
    return { problems };
  }
  const { config } = loaded;
  const all = gridRuns(config);
  const chosen = all.filter((run) => matchesFilter(only.filter, (key) => filterValue(run, key)));
  const cells =
    flags.only === undefined ? gridCells(config).length : new Set(chosen.map((run) => run.cell)).size;
  return {
    request: {
      config,
      all,
      chosen,
      cells,
      out: out.path,
      jobs: workers.value,
      lanes: side.value,
      common: common.options,
    },
  };
}

function overrides({ seed, steps }: SweepFlags): Overrides {
  return {
    ...(seed === undefined ? {} : { seed: settings.seed.parse(seed) }),
    ...(steps === undefined ? {} : { steps: parameters.steps.parse(steps) }),
  };
}

/** The output folder: runs/ and the config's name, unless --out says otherwise. */
function outOf(file: string, flags: SweepFlags): { readonly path: string } | Problems {
  if (flags.out === "") {
    return { problems: [{ place: "--out", path: "", got: "an empty name", allowed: "a folder" }] };
  }
  if (flags.out !== undefined) {
    return { path: flags.out };
  }
  const name = basename(file).replace(/\.json$/i, "");
  return { path: join("runs", /^\.*$/.test(name) ? "sweep" : name) };
}
