import { join } from "node:path";
import { escapeControls } from "../config/problems.js";
import type { Run } from "../study/run.js";
import { lstatIfAny, sha256OfFile } from "./fs/contents.js";
import { withFileErrors } from "./fs/errors.js";
import { csvFileName, recordFileName } from "./paths.js";
import { isRecordOf, type RunRecord, readRunRecord } from "./run-record.js";

/** Whether a run is done. A damaged run counts as not done; the reason is a sentence that begins with the file. */
export type RunState =
  | { readonly state: "done"; readonly record: RunRecord }
  | { readonly state: "missing" }
  | { readonly state: "damaged"; readonly reason: string };

/**
 * Returns the state of a run in its cell's folder: done if its record exists, is of this very run and matches its CSV.
 * Without `checksum` only the CSV's size is compared. Throws SeglossError if a CSV cannot be read.
 */
export function readRunState(
  folder: string,
  run: Run,
  { checksum }: { readonly checksum: boolean },
): RunState {
  const path = join(folder, recordFileName(run.repetition));
  const file = escapeControls(path);
  const read = readRunRecord(path);
  if ("isMissing" in read) {
    return { state: "missing" };
  }
  if ("problem" in read) {
    return { state: "damaged", reason: `${file} ${read.problem}` };
  }
  const { record } = read;
  if (!isRecordOf(record, run)) {
    return { state: "damaged", reason: `${file} is of another run` };
  }
  const damage = csvDamage(join(folder, csvFileName(run.repetition)), record, checksum);
  return damage === undefined
    ? { state: "done", record: shareParts(record, run) }
    : { state: "damaged", reason: damage };
}

/** Returns the record with the run's own objects in place of equal ones: a sweep may have 100,000 records in memory. */
function shareParts(record: RunRecord, { cell, monitor, columns }: Run): RunRecord {
  return { ...record, cell, monitor, columns };
}

function csvDamage(path: string, { csv }: RunRecord, checksum: boolean): string | undefined {
  const file = escapeControls(path);
  const stats = withFileErrors(path, () => lstatIfAny(path));
  if (stats === undefined) {
    return `${file} is missing`;
  }
  if (!stats.isFile()) {
    return `${file} is not a file`;
  }
  if (stats.size !== csv.bytes) {
    return `${file} has ${stats.size} bytes, not the ${csv.bytes} of its record`;
  }
  if (!checksum || withFileErrors(path, () => sha256OfFile(path)) === csv.sha256) {
    return undefined;
  }
  return `${file} does not match the checksum of its record`;
}
