import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";

/** A row of a sweep's summary.csv, one finished run: text by column. */
export type SummaryRow = Readonly<Record<string, string>>;

/** Reads the summary of a sweep's folder. */
export function readSummary(folder: string): readonly SummaryRow[] {
  return parse(readFileSync(join(folder, "summary.csv")), { columns: true });
}

/** Returns a row's value of a column as a number, NaN for an empty cell. Throws if there is no such column. */
export function numberIn(row: SummaryRow, column: string): number {
  const text = row[column];
  if (text === undefined) {
    throw new Error(`no column ${column}; there are ${Object.keys(row).join(", ")}`);
  }
  return text === "" ? Number.NaN : Number(text);
}

/** Returns the rows by a name that is made from each. */
export function groupRows(
  rows: readonly SummaryRow[],
  nameOf: (row: SummaryRow) => string,
): ReadonlyMap<string, readonly SummaryRow[]> {
  const names = [...new Set(rows.map(nameOf))];
  return new Map(names.map((name) => [name, rows.filter((row) => nameOf(row) === name)]));
}

/** Returns true for the cell that SGD never and Adam rarely gets off the majority class: dicefg at 95 % foreground. */
export function isStuckCell(row: SummaryRow): boolean {
  return numberIn(row, "threshold") === 0.05 && row.trained_loss === "dicefg";
}
