import { Command } from "commander";
import type { Config } from "../config/config.js";
import { filterRuns, filterSpace, parseRunFilter, type RunFilter } from "../config/filter.js";
import { gridRuns } from "../config/grid.js";
import { configKeys } from "../config/parameters.js";
import { escapeControls, orThrow, printable } from "../config/problems.js";
import { runName } from "../config/run-names.js";
import { cellFolder, earlierSweepFileName } from "../results/paths.js";
import type { RunRecord } from "../results/run-record.js";
import { type RunState, readRunState } from "../results/run-state.js";
import { readEarlierConfigs, requireSweepFile } from "../results/sweep/sweep-file.js";
import type { Run } from "../study/run.js";
import { pluralize, sweepSize } from "../terminal/messages.js";
import { addFilterOption, asTyped } from "./options.js";
import { cellCount } from "./sweep/sweep-request.js";

const examples = `
Examples:
  segloss show runs/full
  segloss show runs/full --only loss=dice,run=0
  segloss show runs/full --json | jq -r '.runs[] | select(.state == "done") | .rerun'`;

/** A sweep's folder, as `segloss show` prints it. */
export interface ShownSweep {
  readonly folder: string;
  readonly config: Config;
  /** The versions that wrote the folder's sweep.json. */
  readonly versions: Readonly<Record<string, unknown>>;
  /** The configs before the sweep grew, the oldest first. */
  readonly earlier: readonly Config[];
  readonly runs: readonly ShownRun[];
}

/** A run of a sweep, as `segloss show` prints it. */
export interface ShownRun {
  readonly name: string;
  readonly state: RunState["state"];
  /** What is damaged. */
  readonly reason?: string;
  readonly started?: string;
  readonly seconds?: number;
  readonly device?: string;
  /** Undefined in a record of version 0.1. */
  readonly processor?: RunRecord["environment"]["processor"];
  /** The batch job; undefined outside a job. */
  readonly job?: string | undefined;
  readonly finalAccuracy?: number | undefined;
  /** The command that trains the run again to the same bytes. */
  readonly rerun?: string;
}

/** Creates the command `segloss show`, which prints a sweep's config, its origin and its runs. */
export function showCommand(): Command {
  const command = new Command("show")
    .summary("print a sweep's config, versions and runs")
    .description(
      "Prints the config of a sweep's folder, the versions that made it, and for each run whether it is done and the command that trains it again.",
    )
    .argument("<DIR>", "the folder of a sweep")
    .option("--json", "print a JSON object instead of lines");
  return addFilterOption(command)
    .addHelpText("after", asTyped(examples))
    .action((folder: string, flags: { readonly only?: readonly string[]; readonly json?: boolean }) => {
      const sweep = readShownSweep(folder, flags.only ?? []);
      process.stdout.write(flags.json ? `${JSON.stringify(sweep, undefined, 2)}\n` : showText(sweep));
    });
}

/** Reads a sweep's folder. Throws SeglossError if it has no intact sweep.json, or for a mistake in the texts of --only. */
export function readShownSweep(folder: string, only: readonly string[]): ShownSweep {
  const { config, versions } = requireSweepFile(folder);
  const filter: RunFilter =
    only.length === 0 ? [] : orThrow(parseRunFilter(only, filterSpace(config))).filter;
  const earlier = readEarlierConfigs(folder);
  const runs = filterRuns(gridRuns(config, earlier), filter);
  return { folder, config, versions, earlier, runs: runs.map((run) => shownRun(folder, run)) };
}

/** Returns a sweep as lines: the whole, its config key by key, and its runs. */
export function showText({ folder, config, versions, earlier, runs }: ShownSweep): string {
  const all = gridRuns(config, earlier);
  const done = runs.filter(({ state }) => state === "done").length;
  const written = Object.entries(versions).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [`${key} ${value}`],
  );
  const values = [...configKeys, "grids" as const].flatMap((key) =>
    config[key] === undefined ? [] : [`  ${key} ${JSON.stringify(config[key])}`],
  );
  return `${[
    `${escapeControls(folder)}: ${sweepSize(cellCount(all), all.length)}`,
    `written by ${written.join(", ")}`,
    ...earlier.map(
      (before, index) =>
        `grown from ${pluralize(gridRuns(before).length, "run")}: ${earlierSweepFileName(index + 1)}`,
    ),
    "config:",
    ...values,
    `runs: ${done} of ${runs.length} done`,
    ...runs.map(runLine),
  ].join("\n")}\n`;
}

function runLine({ name, state, reason, started, seconds, device, processor, job, rerun }: ShownRun): string {
  if (state === "done") {
    const machine = processor === undefined ? "" : ` (${printable(processor.model)})`;
    const inJob = job === undefined ? "" : `, job ${printable(job)}`;
    return `  ${name}: done, ${started}, ${seconds} s on ${device}${machine}${inJob}\n    ${rerun}`;
  }
  return `  ${name}: ${state === "damaged" ? `damaged: ${reason}` : "to do"}`;
}

function shownRun(folder: string, run: Run): ShownRun {
  const found = readRunState(cellFolder(folder, run), run, { checksum: false });
  const shown = { name: runName(run), state: found.state };
  if (found.state === "damaged") {
    return { ...shown, reason: escapeControls(found.reason) };
  }
  if (found.state !== "done") {
    return shown;
  }
  const { started, seconds, environment, result, rerun } = found.record;
  return {
    ...shown,
    started,
    seconds,
    device: environment.device,
    processor: environment.processor,
    job: environment.job,
    finalAccuracy: result.finalAccuracy,
    rerun,
  };
}
