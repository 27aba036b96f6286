import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { CsvError, parse as createParser } from "csv-parse";
import { parse } from "csv-parse/sync";
import { exitCode, SeglossError } from "../errors.js";
import { header } from "../results/columns.js";
import { toFileError } from "../results/fs/errors.js";
import type { Run } from "../study/run.js";

/** One step of a run. */
export interface RunRow {
  /** From 0. */
  readonly step: number;
  /**
   * The columns of the CSV after `step` by their names: `cce_loss`, `cce_grad_norm`, `accuracy` and so on. float32 values;
   * undefined where nothing was measured.
   */
  readonly values: Readonly<Record<string, number | undefined>>;
}

/**
 * Reads the rows of a run's CSV one after another, with bounded memory. Throws SeglossError if the file cannot be read or is
 * not such a CSV.
 */
export async function* readRunRows(file: string): AsyncGenerator<RunRow, void, undefined> {
  const parser = createParser();
  // Errors of the file destroy the parser and are thrown by the loop.
  pipeline(createReadStream(file), parser, () => {});
  let columns: readonly string[] | undefined;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (columns === undefined) {
        columns = checkColumns(cells, file);
      } else {
        yield createRow(columns, cells);
      }
    }
  } catch (error) {
    throw error instanceof CsvError ? notRows(file, error.message) : toFileError(error, file);
  }
}

/** Returns the rows of a run that a piece of its CSV holds, which has whole lines and no header. */
export function parseRunRows(run: Run, text: string): readonly RunRow[] {
  const columns = header(run);
  return parse(text).map((cells: string[]) => createRow(columns, cells));
}

function checkColumns(columns: readonly string[], file: string): readonly string[] {
  if (!columns.includes("step")) {
    throw notRows(file, `its header is "${columns.join(",").slice(0, 80)}"`);
  }
  return columns;
}

function notRows(file: string, reason: string): SeglossError {
  return new SeglossError(`${file} is not a CSV of a run: ${reason}`, { exitCode: exitCode.usage });
}

function createRow(columns: readonly string[], cells: readonly string[]): RunRow {
  const numbers = columns.map((column, index) => [column, cells[index] ?? ""] as const);
  const at = columns.indexOf("step");
  const values = numbers
    .slice(at + 1)
    .map(([column, text]) => [column, text === "" ? undefined : Number(text)]);
  return { step: Number(cells[at]), values: Object.fromEntries(values) };
}
