import { parse } from "csv-parse/sync";
import { isKeyColumn } from "./columns.js";
import { parseNumber } from "./parse-number.js";
import { keySeparator, notRunCsv, type RowSink } from "./row-sink.js";

/**
 * Reads any RFC 4180 CSV with csv-parse, such as a spreadsheet saves: with quotes, CRLF or a byte order mark.
 * @throws SeglossError if a row is not as wide as the header or has text for a number.
 */
export function readQuotedCsv(bytes: Buffer, name: string, sink: RowSink): void {
  const [columns = [], ...rows] = parseRecords(bytes, name);
  sink.header(columns);
  const isKey = columns.map(isKeyColumn);
  for (const row of rows) {
    if (row.every((text, i) => text === columns[i])) {
      continue;
    }
    const numbers = row.filter((_, i) => !isKey[i]).map(parseCell);
    if (numbers.includes(undefined)) {
      throw notRunCsv(name, `one of its rows is "${row.join(",")}"`);
    }
    sink.row(
      row.filter((_, i) => isKey[i]).join(keySeparator),
      Float64Array.from(numbers, (n) => n ?? Number.NaN),
    );
  }
}

function parseRecords(bytes: Buffer, name: string): readonly (readonly string[])[] {
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  try {
    return parse(whole, { bom: true, skip_empty_lines: true });
  } catch (cause) {
    throw notRunCsv(name, cause instanceof Error ? cause.message : String(cause));
  }
}

function parseCell(text: string): number | undefined {
  const bytes = Buffer.from(text);
  return parseNumber(bytes, 0, bytes.length);
}
