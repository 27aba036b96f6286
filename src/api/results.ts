import { join } from "node:path";
import type { Config } from "../config/config.js";
import { gridRuns } from "../config/grid.js";
import { runName } from "../config/run-names.js";
import { cellFolder, csvFileName } from "../results/paths.js";
import type { RunRecord } from "../results/run-record.js";
import { type RunState, readRunState } from "../results/run-state.js";
import { readEarlierConfigs, requireSweepFile } from "../results/sweep/sweep-file.js";
import type { Run } from "../study/run.js";

/** A sweep's output folder. */
export interface SweepResults {
  readonly folder: string;
  readonly config: Config;
  /** All runs of the sweep in grid order, finished or not. */
  readonly runs: readonly RunResult[];
}

/** A run in a sweep's output folder. */
export type RunResult = DoneRun | UndoneRun;

interface NamedRun {
  readonly run: Run;
  /** `<cell>/run-<n>` */
  readonly name: string;
  /** The path of its CSV, for `readRunRows`. Only a run that is done has a complete one. */
  readonly csv: string;
}

/** A run with a record that matches its CSV. */
export interface DoneRun extends NamedRun {
  readonly state: "done";
  /** Its parameters, results and environment. */
  readonly record: RunRecord;
}

/** A run that is yet to be trained; "damaged" is one whose files do not match. */
export interface UndoneRun extends NamedRun {
  readonly state: Exclude<RunState["state"], "done">;
}

/**
 * Reads which runs of a sweep's folder are done, and their records. The sizes of the CSVs are compared with the records,
 * `verify` compares their checksums too. Throws SeglossError if the folder is not that of a sweep.
 */
export function readSweepResults(
  folder: string,
  { verify = false }: { readonly verify?: boolean } = {},
): SweepResults {
  const { config } = requireSweepFile(folder);
  const runs = gridRuns(config, readEarlierConfigs(folder));
  return { folder, config, runs: runs.map((run) => readRunResult(folder, run, verify)) };
}

/** Returns what a sweep's folder has of a run. Throws SeglossError if its files cannot be read. */
export function readRunResult(folder: string, run: Run, verify = false): RunResult {
  const cell = cellFolder(folder, run);
  const found = readRunState(cell, run, { checksum: verify });
  const named = { run, name: runName(run), csv: join(cell, csvFileName(run.repetition)) };
  return found.state === "done"
    ? { ...named, state: found.state, record: found.record }
    : { ...named, state: found.state };
}
