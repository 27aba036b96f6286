// Shared by the two findings that need every step: it says which of a sweep's many files they read.
import { readFileSync } from "node:fs";
import { findRuns } from "../../src/analysis/input/find-runs.js";
import { parseRunTables, type RunTable } from "../../src/analysis/input/run-table.js";

/** Reads the runs of a sweep with Adam and without batch norm, one file at a time. */
export function* readAdamRuns(folder: string): Generator<RunTable> {
  const { files } = findRuns([folder], { verify: false });
  for (const { path } of files.filter((file) => file.path.includes("adam-nobn-"))) {
    yield* parseRunTables(readFileSync(path), path);
  }
}
