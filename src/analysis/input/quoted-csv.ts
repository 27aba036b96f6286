import { parse } from "csv-parse/sync";
import { isKeyColumn } from "./columns.js";
import { parseNumber } from "./parse-number.js";
import { keySeparator, notRunCsv, type RowSink } from "./row-sink.js";

/**
 * Reads any RFC 4180 CSV through csv-parse: what spreadsheets and other programs make of ours, with quotes or CRLF.
 * Throws SeglossError where a row is not as wide as the header or holds text for a number.
 */
export function readQuotedCsv(bytes: Buffer, name: string, sink: RowSink): void {
  const [columns = [], ...rows] = records(bytes, name);
  sink.header(columns);
  const keyColumn = columns.map(isKeyColumn);
  for (const row of rows) {
    if (row.every((text, i) => text === columns[i])) {
      continue;
    }
    const numbers = row.filter((_, i) => !keyColumn[i]).map(numberOf);
    if (numbers.includes(null)) {
      throw notRunCsv(name, `one of its rows is "${row.join(",")}"`);
    }
    sink.row(
      row.filter((_, i) => keyColumn[i]).join(keySeparator),
      Float64Array.from(numbers, (n) => n ?? Number.NaN),
    );
  }
}

function records(bytes: Buffer, name: string): readonly (readonly string[])[] {
  const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1);
  try {
    return parse(whole, { bom: true, skip_empty_lines: true });
  } catch (cause) {
    throw notRunCsv(name, cause instanceof Error ? cause.message : String(cause));
  }
}

function numberOf(text: string): number | null {
  const bytes = Buffer.from(text);
  return parseNumber(bytes, 0, bytes.length);
}
