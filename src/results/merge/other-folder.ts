import { realpathSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Config } from "../../config/config.js";
import { gridRuns } from "../../config/grid.js";
import { hashConfig } from "../../config/hash.js";
import { escapeControls } from "../../config/problems.js";
import { runName } from "../../config/run-names.js";
import { exitCode } from "../../errors.js";
import type { Run } from "../../study/run.js";
import { listNames, lstatIfAny } from "../fs/contents.js";
import { pathError, withFileErrors } from "../fs/errors.js";
import {
  cellFolder,
  checkpointFileName,
  csvFileName,
  failureFileName,
  isEarlierSweepFileName,
  partialName,
  recordFileName,
  sweepFileName,
} from "../paths.js";
import type { RunRecord } from "../run-record.js";
import { readRunState } from "../run-state.js";
import { readEarlierConfigs, requireSweepFile } from "../sweep/sweep-file.js";

// A folder of the same sweep, from a machine that shares no disk with this one. It is only read. It may come from anywhere,
// so no link below it is followed: a link could bring in any file that this user can read.

/** What another folder has of a run. */
export type OtherRun =
  | { readonly state: "done"; readonly record: RunRecord }
  /** It has begun there, but is not finished; the reason is worded to follow the run's name. */
  | { readonly state: "unusable"; readonly reason: string }
  | { readonly state: "missing" };

/** Another folder and what it has of each run. */
export interface OtherFolder {
  readonly path: string;
  readonly runs: ReadonlyMap<Run, OtherRun>;
}

/** The sweep that folders are merged into. */
export interface MergeTarget {
  readonly folder: string;
  readonly config: Config;
  readonly runs: readonly Run[];
}

/** Throws SeglossError if a folder is not one of the same sweep, or is the target itself. */
export function checkOtherFolder(path: string, { folder, config, runs }: MergeTarget): void {
  const names = withFileErrors(path, () => listNames(path), exitCode.usage);
  for (const name of names.filter((name) => name === sweepFileName || isEarlierSweepFileName(name))) {
    refuseLinkIn(join(path, name));
  }
  const other = requireSweepFile(path);
  if (realpathSync(path) === realpathSync(folder)) {
    throw pathError(path, "it is the folder that the others are merged into; name every folder once");
  }
  const [here, there] = [hashConfig(config), hashConfig(other.config)];
  if (here !== there) {
    const hint = "segloss show DIR prints the config of a folder";
    throw pathError(
      path,
      `its config has the hash ${there}, and that of ${escapeControls(folder)} ${here}; only folders of the same sweep can be merged (${hint})`,
    );
  }
  const known = new Set(runs.map(runName));
  const foreign = gridRuns(other.config, readEarlierConfigs(path)).find((run) => !known.has(runName(run)));
  if (foreign !== undefined) {
    throw pathError(
      path,
      `its run ${runName(foreign)} has another name in ${escapeControls(folder)}, because only one of the two sweeps has grown, or they grew in other steps`,
    );
  }
}

/**
 * Returns what a folder has of each run, with the checksums of CSVs compared. Yields to the event loop after each run; ends
 * early once `shouldStop` returns true. Throws SeglossError if a file of a finished run is a link.
 */
export async function readOtherFolder(
  path: string,
  runs: readonly Run[],
  { shouldStop, onRun }: { readonly shouldStop: () => boolean; readonly onRun: () => void },
): Promise<OtherFolder> {
  const found = new Map<Run, OtherRun>();
  for (const run of runs) {
    if (shouldStop()) {
      break;
    }
    found.set(run, readOtherRun(path, run));
    onRun();
    await setImmediate();
  }
  return { path, runs: found };
}

function readOtherRun(path: string, run: Run): OtherRun {
  const { repetition } = run;
  const cell = cellFolder(path, run);
  if (!hasEntry(cell)) {
    return { state: "missing" };
  }
  const has = (name: string) => hasEntry(join(cell, name));
  const [record, csv] = [has(recordFileName(repetition)), has(csvFileName(repetition))];
  if (record) {
    const found = readRunState(cell, run, { checksum: true });
    return found.state === "damaged" ? { state: "unusable", reason: `is damaged: ${found.reason}` } : found;
  }
  if (has(failureFileName(repetition))) {
    return { state: "unusable", reason: "failed" };
  }
  const isBegun = csv || has(partialName(csvFileName(repetition))) || has(checkpointFileName(repetition));
  return isBegun ? { state: "unusable", reason: "is not finished" } : { state: "missing" };
}

/** Returns whether there is a file or folder. Throws SeglossError if it is a link. */
function hasEntry(path: string): boolean {
  refuseLinkIn(path);
  return withFileErrors(path, () => lstatIfAny(path), exitCode.usage) !== undefined;
}

function refuseLinkIn(path: string): void {
  if (withFileErrors(path, () => lstatIfAny(path), exitCode.usage)?.isSymbolicLink()) {
    throw pathError(path, "it is a symbolic link; merge follows no link in a folder that it brings in");
  }
}
