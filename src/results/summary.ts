import { readFileSync } from "node:fs";
import { join } from "node:path";
import { columnOf } from "../config/parameters.js";
import { csvLine, keyCells, keyColumns } from "./columns.js";
import { replaceFile } from "./fs/durable.js";
import { isFileError, withFileErrors } from "./fs/errors.js";
import { convergedStepColumn } from "./run-metrics.js";
import type { RunRecord } from "./run-record.js";

export const summaryName = "summary.csv";

/** One CSV row per finished run, in the order given. Nothing in it depends on when, where or how fast a run was made. */
export function formatSummary(records: readonly RunRecord[]): string {
  const first = records[0];
  if (first === undefined) {
    return "";
  }
  return (
    csvLine(columns(first).map(([name]) => name)) +
    records.map((record) => csvLine(columns(record).map(([, cell]) => cell))).join("")
  );
}

/** Writes summary.csv into a sweep's folder, unless it is there with the same text. Throws SeglossError on disk errors. */
export function writeSummary(folder: string, records: readonly RunRecord[]): void {
  const path = join(folder, summaryName);
  const text = formatSummary(records);
  if (text === "" || text === textOf(path)) {
    return;
  }
  withFileErrors(path, () => replaceFile(path, text));
}

function columns(record: RunRecord): readonly (readonly [string, string])[] {
  const { monitor, result } = record;
  const keys = keyCells({ ...record, repetition: record.run });
  const shared = keyColumns(record).map((name, index) => [name, keys[index] ?? ""] as const);
  const stepsIsShared = record.columns.includes("steps");
  return [
    ...shared,
    ...(stepsIsShared ? [] : [[columnOf("steps"), String(record.cell.steps)] as const]),
    ["final_accuracy", text(result.finalAccuracy)],
    ["best_accuracy", text(result.bestAccuracy)],
    ["best_step", text(result.bestStep)],
    [convergedStepColumn, text(result.firstStepAt99)],
    ...monitor.map((loss) => [`${loss}_loss`, text(result.finalLosses[loss])] as const),
    ...monitor.map((loss) => [`${loss}_grad_norm`, text(result.finalNorms[loss])] as const),
    ["first_nan_step", text(result.firstNaN)],
  ];
}

function text(value: number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}
