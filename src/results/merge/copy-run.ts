import { join } from "node:path";
import { sha256Hex } from "../../config/hash.js";
import { escapeControls } from "../../config/problems.js";
import { exitCode, SeglossError } from "../../errors.js";
import { lstatIfAny, readPlainFile } from "../fs/contents.js";
import { withFileErrors } from "../fs/errors.js";
import { writeGuarded } from "../fs/guarded-write.js";
import { cellFolder, csvFileName, recordFileName, weightsFileName } from "../paths.js";
import { readRunState } from "../run-state.js";
import type { PlannedCopy } from "./plan.js";

/** The largest file that Node reads at once. */
const maxBytes = 2 ** 31 - 1;

/**
 * Copies a finished run into a folder, which must be locked: its CSV, its weights if there are any, and last its record, so
 * that the run counts as finished only once all is there. No link is followed, here or there. Throws SeglossError on disk
 * errors, and if the files have changed since they were read.
 */
export function copyRun(folder: string, { run, from, record }: PlannedCopy): void {
  const [source, target] = [cellFolder(from, run), cellFolder(folder, run)];
  const csv = csvFileName(run.repetition);
  const bytes = readFileOf(join(source, csv));
  if (sha256Hex(bytes) !== record.csv.sha256) {
    throw changed(join(source, csv));
  }
  writeGuarded(folder, join(target, csv), bytes);
  const weights = weightsFileName(run.repetition);
  if (withFileErrors(source, () => lstatIfAny(join(source, weights)))?.isFile()) {
    writeGuarded(folder, join(target, weights), readFileOf(join(source, weights)));
  }
  const name = recordFileName(run.repetition);
  writeGuarded(folder, join(target, name), readFileOf(join(source, name)));
  if (readRunState(target, run, { checksum: false }).state !== "done") {
    throw changed(join(source, name));
  }
}

function readFileOf(path: string): Buffer {
  return withFileErrors(path, () => readPlainFile(path, maxBytes, { follow: false }), exitCode.usage);
}

function changed(path: string): SeglossError {
  return new SeglossError(`${escapeControls(path)}: it has changed while it was merged; merge again`, {
    exitCode: exitCode.runFailed,
  });
}
