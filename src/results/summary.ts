import { join } from "node:path";
import { parameterKeys } from "../config/parameters.js";
import { measureColumn } from "../study/measures.js";
import { columnOf, lossSuffix, normSuffix } from "../study/row-layout.js";
import type { Cell } from "../study/run.js";
import { csvLine, keyCells, keyColumns } from "./columns.js";
import { readTextIfAny } from "./fs/contents.js";
import { replaceFile } from "./fs/durable.js";
import { withFileErrors } from "./fs/errors.js";
import { summaryFileName } from "./paths.js";
import { convergedStepColumn } from "./run-metrics.js";
import type { RunRecord } from "./run-record.js";

/** Writes summary.csv into a sweep's folder, unless it already holds the same text. Throws SeglossError on disk errors. */
export function writeSummary(folder: string, records: readonly RunRecord[]): void {
  const path = join(folder, summaryFileName);
  const text = formatSummary(records);
  if (text === "" || text === readTextIfAny(path)) {
    return;
  }
  withFileErrors(path, () => replaceFile(path, text));
}

/**
 * Returns CSV with one row per finished run, in the given order; an empty text without runs. It does not depend on when,
 * where or how fast a run was made, so that it can be compared between machines.
 */
export function formatSummary(records: readonly RunRecord[]): string {
  // Runs from before a sweep grew lack the columns of newer axes; their records have the values.
  const columns = parameterKeys.filter((key) => records.some((record) => record.columns.includes(key)));
  const rows = records.map((record) => summaryCells(record, columns));
  const [first] = rows;
  if (first === undefined) {
    return "";
  }
  const lines = [first.map(([column]) => column), ...rows.map((row) => row.map(([, cell]) => cell))];
  return lines.map(csvLine).join("");
}

/** Returns a run's cells as pairs of column and text. */
function summaryCells(
  record: RunRecord,
  columns: readonly (keyof Cell)[],
): readonly (readonly [string, string])[] {
  const { cell, monitor, metrics, result } = record;
  const keys = keyCells({ ...record, columns });
  const hasSteps = columns.includes("steps");
  return [
    ...keyColumns({ columns }).map((column, index) => [column, keys[index] ?? ""] as const),
    ...(hasSteps ? [] : [[columnOf("steps"), String(cell.steps)] as const]),
    ["final_accuracy", textOf(result.finalAccuracy)],
    ["best_accuracy", textOf(result.bestAccuracy)],
    ["best_step", textOf(result.bestStep)],
    [convergedStepColumn, textOf(result.firstStepAt99)],
    ...metrics.map((name) => [`final_${measureColumn(name)}`, textOf(result.finalMeasures[name])] as const),
    ...monitor.map((loss) => [`${loss}${lossSuffix}`, textOf(result.finalLosses[loss])] as const),
    ...monitor.map((loss) => [`${loss}${normSuffix}`, textOf(result.finalNorms[loss])] as const),
    ["first_nan_step", textOf(result.firstNaN)],
  ];
}

function textOf(value: number | undefined): string {
  return value === undefined ? "" : String(value);
}
