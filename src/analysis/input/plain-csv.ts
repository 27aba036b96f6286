import { isKeyColumn } from "./columns.js";
import { parseNumber } from "./parse-number.js";
import { keySeparator, notRunCsv, type RowSink } from "./row-sink.js";

const comma = 0x2c;
const newline = 0x0a;

/**
 * Reads a CSV without quotes and carriage returns, the form in which segloss writes. Written by hand because csv-parse
 * takes several times as long: docs/figures.md has both speeds. Skips a last line without a newline, which may still be
 * being written.
 * @throws SeglossError if a row is not as wide as the header or has text for a number.
 */
export function readPlainCsv(bytes: Buffer, name: string, sink: RowSink): void {
  const headerEnd = bytes.indexOf(newline);
  const header = bytes.subarray(0, Math.max(headerEnd, 0));
  const columns = header.toString().split(",");
  sink.header(columns);
  const row = createRowReader(bytes, columns);
  for (let at = headerEnd + 1; at < bytes.length; ) {
    const end = bytes.indexOf(newline, at);
    if (end < 0) {
      break;
    }
    const blank = end === at || isHeader(bytes, at, end, header);
    if (!blank && !row.read(at, end)) {
      throw notRunCsv(name, `one of its rows is "${bytes.toString("utf8", at, end)}"`);
    }
    if (!blank) {
      sink.row(row.keys, row.numbers);
    }
    at = end + 1;
  }
}

/** Returns true for a repeated header: `cat` of several files has one for each. */
function isHeader(bytes: Buffer, from: number, to: number, header: Buffer): boolean {
  return to - from === header.length && bytes[from] === header[0] && header.equals(bytes.subarray(from, to));
}

interface RowReader {
  keys: string;
  readonly numbers: Float64Array;
  read(from: number, to: number): boolean;
}

/** Creates a reader that parses one row after another. It decodes keys only if they differ from the row before. */
function createRowReader(bytes: Buffer, columns: readonly string[]): RowReader {
  const isKey = columns.map(isKeyColumn);
  const numbers = new Float64Array(isKey.filter((key) => !key).length);
  const starts = new Int32Array(columns.length);
  const ends = new Int32Array(columns.length);
  const reader: RowReader = { keys: "", numbers, read };
  let decoded = false;

  function read(from: number, to: number): boolean {
    let field = 0;
    let number = 0;
    let sameKeys = decoded;
    for (let start = from, at = from; at <= to; at++) {
      if (at < to && bytes[at] !== comma) {
        continue;
      }
      if (field === columns.length) {
        return false;
      }
      if (isKey[field]) {
        sameKeys = sameKeys && sameText(field, start, at);
      } else {
        const value = parseNumber(bytes, start, at);
        if (value === undefined) {
          return false;
        }
        numbers[number++] = value;
      }
      starts[field] = start;
      ends[field++] = at;
      start = at + 1;
    }
    if (field === columns.length && !sameKeys) {
      reader.keys = decodeKeys();
    }
    return field === columns.length;
  }

  function sameText(field: number, start: number, end: number): boolean {
    const before = starts[field] ?? 0;
    if ((ends[field] ?? 0) - before !== end - start) {
      return false;
    }
    for (let i = 0; i < end - start; i++) {
      if (bytes[before + i] !== bytes[start + i]) {
        return false;
      }
    }
    return true;
  }

  function decodeKeys(): string {
    decoded = true;
    const texts = columns.flatMap((_, i) => (isKey[i] ? [bytes.toString("utf8", starts[i], ends[i])] : []));
    return texts.join(keySeparator);
  }

  return reader;
}
