import { parseNumber } from "../analysis/input/parse-number.js";
import { csvLine, header, keyCells } from "../results/columns.js";
import { rowLayout } from "../study/row-layout.js";
import type { Run } from "../study/run.js";

const comma = 0x2c;
const newline = 0x0a;

/** A row of a run's CSV, valid until the next one is parsed. */
export interface ParsedRow {
  readonly step: number;
  /** In the order of the run's row layout. */
  readonly values: Float64Array;
  /** The accuracy and the metrics beside it, in the order of `measureColumns`; NaN where none was measured. */
  readonly measures: Float64Array;
}

/** Parses the CSV of one run, whose header and keys are known. */
export interface RowParser {
  /**
   * Calls `onRow` with each row and where it begins, until that returns false. `bytes` are whole lines. Returns false if a line
   * is neither the header nor a row of this run.
   */
  parse(bytes: Buffer, onRow: (row: ParsedRow, begin: number) => boolean): boolean;
}

/** Returns the columns that are measured at some steps only, in the order of the CSV. */
export function measureColumns(run: Run): readonly string[] {
  return header(run).slice(keyCells(run).length + 1 + rowLayout(run).columns.length);
}

/** Creates the parser of a run. */
export function createRowParser(run: Run): RowParser {
  const head = Buffer.from(csvLine(header(run)));
  const prefix = Buffer.from(
    keyCells(run)
      .map((cell) => `${cell},`)
      .join(""),
  );
  const values = new Float64Array(rowLayout(run).columns.length);
  const measures = new Float64Array(measureColumns(run).length);
  const fields = values.length + measures.length;
  const row = { step: 0, values, measures };

  /** Parses the row in bytes[from, to) into `row`. */
  function parseRow(bytes: Buffer, from: number, to: number): boolean {
    const begin = from + prefix.length;
    if (begin > to || bytes.compare(prefix, 0, prefix.length, from, begin) !== 0) {
      return false;
    }
    let field = -1;
    for (let start = begin, at = begin; at <= to; at++) {
      if (at < to && bytes[at] !== comma) {
        continue;
      }
      const value = parseNumber(bytes, start, at);
      if (value === undefined || field >= fields) {
        return false;
      }
      if (field < 0) {
        row.step = value;
      } else if (field < values.length) {
        values[field] = value;
      } else {
        measures[field - values.length] = value;
      }
      field++;
      start = at + 1;
    }
    return field === fields && Number.isSafeInteger(row.step) && row.step >= 0;
  }

  return {
    parse(bytes, onRow) {
      for (let at = 0; at < bytes.length; ) {
        const end = bytes.indexOf(newline, at);
        if (end < 0) {
          return false;
        }
        if (parseRow(bytes, at, end)) {
          if (!onRow(row, at)) {
            return true;
          }
        } else if (bytes.compare(head, 0, head.length, at, end + 1) !== 0) {
          return false;
        }
        at = end + 1;
      }
      return true;
    },
  };
}
