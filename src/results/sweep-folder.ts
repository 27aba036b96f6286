import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Config } from "../config/config.js";
import { escapeControls, printable } from "../config/problems.js";
import { cellName } from "../config/run-names.js";
import { exitCode, SeglossError } from "../errors.js";
import type { Run } from "../study/run.js";
import { withFileErrors } from "./fs/errors.js";
import { type Lock, lockFolder, lockName } from "./lock.js";
import { isRecordOf, type RunRecord, readRunRecord, recordName } from "./run-record.js";
import { type RunState, readRunState } from "./run-state.js";
import { summaryName } from "./summary.js";
import { readSweepFile, sweepName, writeSweepFile } from "./sweep-file.js";

/** The output folder of a sweep, for looking at it only: nothing is written. */
export interface SweepView {
  /** As it was given. */
  readonly path: string;
  /** Damage of the folder itself, as sentences. */
  readonly damage: readonly string[];
}

/** The output folder of a sweep, locked for this process. */
export interface SweepFolder extends SweepView, Lock {}

/** Looks at an output folder, which need not be there; throws SeglossError if it holds another config or other things. */
export function viewSweepFolder(path: string, config: Config, runs: readonly Run[]): SweepView {
  return { path, damage: compare(path, config, runs) };
}

/** Makes and locks an output folder; throws SeglossError if it holds other things, is in use or cannot be written. */
export function openSweepFolder(path: string, config: Config, runs: readonly Run[]): SweepFolder {
  compare(path, config, runs);
  withFileErrors(path, () => mkdirSync(path, { recursive: true }), exitCode.usage);
  const lock = lockFolder(path);
  try {
    const damage = compare(path, config, runs);
    if (damage.length > 0 || "absent" in readSweepFile(path)) {
      writeSweepFile(path, config);
    }
    return { path, damage, release: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The folder of a run's cell within a sweep's. */
export function cellFolder(folder: string, run: Run): string {
  return join(folder, cellName(run.cell, run.columns));
}

/** The states of runs, their CSVs' checksums included; leaves room for signals between them, and may be stopped there. */
export async function readRunStates(
  folder: string,
  runs: readonly Run[],
  shouldStop: () => boolean = () => false,
): Promise<ReadonlyMap<Run, RunState>> {
  const states = new Map<Run, RunState>();
  for (const run of runs) {
    if (shouldStop()) {
      break;
    }
    states.set(run, readRunState(cellFolder(folder, run), run, { checksum: true }));
    await setImmediate();
  }
  return states;
}

/** The records of those of the runs that are done, in the runs' order; of their CSVs only the size is looked at. */
export function finishedRecords(folder: string, runs: readonly Run[]): readonly RunRecord[] {
  return runs.flatMap((run) => {
    const found = readRunState(cellFolder(folder, run), run, { checksum: false });
    return found.state === "done" ? [found.record] : [];
  });
}

/** Throws if the folder is not this sweep's; gives what is damaged. */
function compare(path: string, config: Config, runs: readonly Run[]): readonly string[] {
  const stored = readSweepFile(path);
  if ("differences" in stored) {
    const differences = stored.differences(config);
    if (differences.length === 0) {
      return [];
    }
    throw refusal(path, `holds a sweep of another config: ${differences.join(", ")}`);
  }
  refuseForeign(path, runs);
  return "damage" in stored ? [stored.damage] : [];
}

/** Without a sound sweep.json a folder may still be this sweep's, but not another's or somebody's documents. */
function refuseForeign(path: string, runs: readonly Run[]): void {
  const names = namesIn(path).filter(
    (name) => !name.startsWith(".") && !name.startsWith(lockName) && !name.endsWith(".tmp"),
  );
  if (names.length === 0) {
    return;
  }
  const known = new Set([sweepName, summaryName, "figures", "report.html"]);
  const cells = new Set(runs.map((run) => cellName(run.cell, run.columns)));
  const foreign = names.find((name) => !known.has(name) && !cells.has(name));
  if (foreign !== undefined) {
    throw refusal(path, `holds no sound ${sweepName} but ${printable(foreign)}, which is not of this sweep`);
  }
  for (const run of runs) {
    const file = join(cellFolder(path, run), recordName(run.repetition));
    const read = readRunRecord(file);
    if ("record" in read && !isRecordOf(read.record, run)) {
      throw refusal(path, `holds no sound ${sweepName}, and ${file} is of another config`);
    }
  }
}

function refusal(path: string, reason: string): SeglossError {
  return new SeglossError(`${escapeControls(path)}: ${reason}; choose another --out`, {
    exitCode: exitCode.usage,
  });
}

function namesIn(path: string): readonly string[] {
  return withFileErrors(
    path,
    () => {
      try {
        return readdirSync(path);
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
          return [];
        }
        throw error;
      }
    },
    exitCode.usage,
  );
}
