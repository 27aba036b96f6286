import { type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { escapeControls } from "../../config/problems.js";
import { runName } from "../../config/run-names.js";
import { exitCode, SeglossError } from "../../errors.js";
import { withFileErrors } from "../../results/fs/errors.js";
import { cellFolder, csvFileName, recordFileName, repetitionOf } from "../../results/paths.js";
import { type RunRecord, readRunRecord } from "../../results/run-record.js";
import { readRunState } from "../../results/run-state.js";
import { readSweepRuns } from "../../results/sweep/sweep-folder.js";
import type { Run } from "../../study/run.js";
import { csvPath, type ListedRun, listRuns } from "./list-runs.js";

// In a sweep's folder the records decide which runs are finished. A CSV alone proves nothing: it may be damaged, cut off or
// of another sweep. Without any record a folder is just a place with CSVs, and all of them are taken.

/** A CSV to be read. */
export interface RunFile {
  /** "-" for the standard input. */
  readonly path: string;
  readonly record: RunRecord | undefined;
  /** The sweep's folder; undefined for a CSV without a record. */
  readonly sweep: string | undefined;
  /** True if the CSV's checksum must be compared with the record's. */
  readonly mustVerify: boolean;
}

/** Why a run is left out. */
export type LeftOutKind = "damaged" | "unrecorded" | "unfinished" | "not started";

/** A run of a sweep's folder that is not counted as finished. */
export interface LeftOutRun {
  readonly kind: LeftOutKind;
  /** The reason, beginning with the file or the run's name. */
  readonly reason: string;
  /** The run of the sweep's grid; undefined if it is not known which it is. */
  readonly run: Run | undefined;
}

/** The runs that some inputs name. */
export interface FoundRuns {
  readonly files: readonly RunFile[];
  readonly leftOut: readonly LeftOutRun[];
  /** All runs of the sweeps' grids; undefined if an input has no readable sweep.json. */
  readonly planned: readonly Run[] | undefined;
}

/**
 * Finds the finished runs of the inputs: folders of sweeps or of cells, CSVs, or "-" for the standard input. Sizes are
 * compared with the records'. Checksums are compared later, if `verify` is set or a CSV is newer than its record.
 * @throws SeglossError if an input does not exist or a folder has no finished run.
 */
export function findRuns(inputs: readonly string[], { verify }: { readonly verify: boolean }): FoundRuns {
  const found = inputs.map((input) => findInInput(input, verify));
  const grids = found.map(({ planned }) => planned);
  return {
    files: found.flatMap(({ files }) => files),
    leftOut: found.flatMap(({ leftOut }) => leftOut),
    planned: grids.every((grid) => grid !== undefined) ? grids.flat() : undefined,
  };
}

/** Returns the folder if the inputs are a single one. Throws SeglossError if an input does not exist. */
export function onlyFolder(inputs: readonly string[]): string | undefined {
  const [input = "-"] = inputs;
  return inputs.length === 1 && input !== "-" && statusOf(input).isDirectory() ? input : undefined;
}

function findInInput(input: string, verify: boolean): FoundRuns {
  if (input === "-" || !statusOf(input).isDirectory()) {
    return { files: [singleFile(input, verify)], leftOut: [], planned: undefined };
  }
  const found = findInFolder(input, verify);
  if (found.files.length > 0) {
    return found;
  }
  const reasons = found.leftOut.slice(0, 3).map(({ reason }) => reason);
  const more = found.leftOut.length > 3 ? `, and ${found.leftOut.length - 3} more` : "";
  const expected = "expected files such as CELL/run-0.csv and CELL/run-0.json, as written by segloss sweep";
  throw new SeglossError(
    `${escapeControls(input)}: no finished run; ${reasons.length === 0 ? expected : reasons.join("; ") + more}`,
    { exitCode: exitCode.usage },
  );
}

function findInFolder(folder: string, verify: boolean): FoundRuns {
  const listed = listRuns(folder);
  const planned = readSweepRuns(folder);
  if (planned !== undefined) {
    return { ...findPlanned(folder, planned, listed, verify), planned };
  }
  const recorded = listed.filter(({ hasRecord }) => hasRecord);
  if (recorded.length === 0) {
    const files = listed.filter(({ hasCsv }) => hasCsv).map(csvPath);
    return { files: files.map((path) => looseFile(path)), leftOut: [], planned };
  }
  const states = listed
    .filter(({ hasCsv, hasRecord }) => hasCsv || hasRecord)
    .map((run) => findRecorded(run, verify));
  return {
    files: states.flatMap(({ file }) => file ?? []),
    leftOut: states.flatMap((s) => s.leftOut ?? []),
    planned,
  };
}

/** What is decided of one run: that its file is read, or that it is left out. */
interface Decision {
  readonly file?: RunFile;
  readonly leftOut?: LeftOutRun;
}

/** Decides by the grid of the sweep. */
function findPlanned(
  sweep: string,
  planned: readonly Run[],
  listed: readonly ListedRun[],
  verify: boolean,
): Pick<FoundRuns, "files" | "leftOut"> {
  const byPath = new Map(listed.map((run) => [csvPath(run), run]));
  const decisions = planned.map((run): Decision => {
    const folder = cellFolder(sweep, run);
    const path = join(folder, csvFileName(run.repetition));
    const found = byPath.get(path);
    byPath.delete(path);
    const state = readRunState(folder, run, { checksum: false });
    if (state.state === "done") {
      return { file: recordedFile(path, state.record, sweep, verify) };
    }
    const leftOut = (kind: LeftOutKind, reason: string) => ({ leftOut: { kind, reason, run } });
    if (state.state === "damaged") {
      return leftOut("damaged", escapeControls(state.reason));
    }
    if (found?.hasCsv) {
      return leftOut("unrecorded", `${escapeControls(path)} has no record`);
    }
    return found?.hasPartial
      ? leftOut("unfinished", `${runName(run)} is not finished`)
      : leftOut("not started", `${runName(run)} is not started`);
  });
  const foreign = [...byPath.values()]
    .filter(({ hasCsv }) => hasCsv)
    .map((run) => ({
      kind: "unrecorded" as const,
      reason: `${escapeControls(csvPath(run))} is not in the sweep's grid`,
      run: undefined,
    }));
  return {
    files: decisions.flatMap(({ file }) => file ?? []),
    leftOut: [...decisions.flatMap(({ leftOut }) => leftOut ?? []), ...foreign],
  };
}

/** Decides by the run's record alone, for a folder without a grid. */
function findRecorded(listed: ListedRun, verify: boolean): Decision {
  const path = csvPath(listed);
  if (!listed.hasRecord) {
    return {
      leftOut: { kind: "unrecorded", reason: `${escapeControls(path)} has no record`, run: undefined },
    };
  }
  const recordPath = join(listed.folder, recordFileName(listed.repetition));
  const read = readRunRecord(recordPath);
  if (!("record" in read)) {
    const problem = "problem" in read ? read.problem : "is missing";
    return {
      leftOut: { kind: "damaged", reason: `${escapeControls(recordPath)} ${problem}`, run: undefined },
    };
  }
  const { record } = read;
  const state = readRunState(listed.folder, record, { checksum: false });
  if (state.state === "done") {
    return { file: recordedFile(path, record, dirname(resolve(listed.folder)), verify) };
  }
  const reason = state.state === "damaged" ? state.reason : `${recordPath} is missing`;
  return { leftOut: { kind: "damaged", reason: escapeControls(reason), run: record } };
}

/** Returns a CSV that was named itself, with the record beside it if that matches. */
function singleFile(path: string, verify: boolean): RunFile {
  const repetition = repetitionOf(basename(path));
  if (repetition === undefined || basename(path) !== csvFileName(repetition)) {
    return looseFile(path);
  }
  const listed = { folder: dirname(path), repetition, hasCsv: true, hasRecord: true, hasPartial: false };
  return findRecorded(listed, verify).file ?? looseFile(path);
}

function looseFile(path: string): RunFile {
  return { path, record: undefined, sweep: undefined, mustVerify: false };
}

function recordedFile(path: string, record: RunRecord, sweep: string, verify: boolean): RunFile {
  const recordPath = join(dirname(path), recordFileName(record.repetition));
  const mustVerify = verify || statusOf(path).mtimeMs > statusOf(recordPath).mtimeMs;
  return { path, record, sweep, mustVerify };
}

function statusOf(path: string): Stats {
  return withFileErrors(path, () => statSync(path), exitCode.usage);
}

const kindLabels: Readonly<Record<LeftOutKind, string>> = {
  damaged: "damaged",
  unrecorded: "without a record",
  unfinished: "unfinished",
  "not started": "not started",
};

/** Returns what is left out, for a person: a line with the counts, then one for each run up to `most`, damaged ones first. */
export function describeLeftOut(leftOut: readonly LeftOutRun[], most = 10): readonly string[] {
  if (leftOut.length === 0) {
    return [];
  }
  const kinds = Object.keys(kindLabels) as readonly LeftOutKind[];
  const groups = kinds
    .map((kind) => ({ kind, runs: leftOut.filter((run) => run.kind === kind) }))
    .filter(({ runs }) => runs.length > 0);
  const counts = groups.map(({ kind, runs }) => `${runs.length} ${kindLabels[kind]}`);
  const reasons = groups.flatMap(({ runs }) => runs.map(({ reason }) => `  ${reason}`));
  const more = reasons.length > most ? [`  and ${reasons.length - most} more`] : [];
  return [`left out: ${counts.join(", ")}`, ...reasons.slice(0, most), ...more];
}
