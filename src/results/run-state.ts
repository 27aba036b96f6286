import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "../study/run.js";
import { csvName, hashFile } from "./csv-writer.js";
import { statOf } from "./fs/durable.js";
import { withFileErrors } from "./fs/errors.js";
import { isRecordOf, missing, type RunRecord, readRunRecord, recordName } from "./run-record.js";

/** Whether a run is done; what is damaged counts as not done, and says why. */
export type RunState =
  | { readonly state: "done"; readonly record: RunRecord }
  | { readonly state: "missing" }
  | { readonly state: "damaged"; readonly reason: string };

/**
 * The state of a run in its cell's folder: done if its record is there, is of this very run, and fits its CSV. Without
 * `checksum` only the CSV's size is looked at. Throws SeglossError if a CSV cannot be read.
 */
export function readRunState(
  folder: string,
  run: Run,
  { checksum }: { readonly checksum: boolean },
): RunState {
  const file = join(folder, recordName(run.repetition));
  const read = readRunRecord(file);
  if ("problem" in read) {
    return read.problem === missing
      ? { state: "missing" }
      : { state: "damaged", reason: `${file} ${read.problem}` };
  }
  const { record } = read;
  if (!isRecordOf(record, run)) {
    return { state: "damaged", reason: `${file} is of another run` };
  }
  const damage = csvDamage(join(folder, csvName(run.repetition)), record, checksum);
  return damage === undefined ? { state: "done", record } : { state: "damaged", reason: damage };
}

function csvDamage(path: string, { csv }: RunRecord, checksum: boolean): string | undefined {
  const stats = withFileErrors(path, () => statOf(path));
  if (stats === undefined) {
    return `${path} is missing`;
  }
  if (!stats.isFile()) {
    return `${path} is not a file`;
  }
  if (stats.size !== csv.bytes) {
    return `${path} has ${stats.size} bytes, not the ${csv.bytes} of its record`;
  }
  if (!checksum || withFileErrors(path, () => sha256Of(path)) === csv.sha256) {
    return undefined;
  }
  return `${path} does not match the checksum of its record`;
}

function sha256Of(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    return hashFile(descriptor).digest("hex");
  } finally {
    closeSync(descriptor);
  }
}
