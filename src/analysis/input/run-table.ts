import { escapeControls } from "../../config/problems.js";
import { copyInto } from "../stats/arrays.js";
import { isKeyColumn, parseMeasuredColumn } from "./columns.js";
import { readPlainCsv } from "./plain-csv.js";
import { readQuotedCsv } from "./quoted-csv.js";
import { keySeparator, notRunCsv, type RowSink } from "./row-sink.js";

// Limits of what is read, far above what segloss writes.
const maxColumns = 1000;
const maxRuns = 20_000;
/** Characters of a column's name and of a key. */
const maxText = 200;

/** The rows of one run, in order of steps. */
export interface RunTable {
  /** Key columns with their text, `run` among them, in the CSV's order. */
  readonly keys: ReadonlyMap<string, string>;
  readonly steps: Float64Array;
  /** The measured columns, the accuracy and the measures beside it (NaN where not measured), each as long as `steps`. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/**
 * Parses a CSV into the runs that it holds: one, or several concatenated, with or without repeated headers, with columns
 * and rows in any order.
 * @param name The file's name for messages.
 * @throws SeglossError if the text is not such a CSV.
 */
export function parseRunTables(bytes: Buffer, name: string): readonly RunTable[] {
  const collector = createRunCollector(name);
  const isPlain = !bytes.includes('"') && !bytes.includes("\r") && bytes[0] !== 0xef;
  (isPlain ? readPlainCsv : readQuotedCsv)(bytes, name, collector);
  return collector.tables();
}

function createRunCollector(name: string): RowSink & { tables(): readonly RunTable[] } {
  const runs = new Map<string, RunRows>();
  let columns: readonly string[] = [];
  let numeric: readonly string[] = [];
  let current: { readonly keys: string; readonly rows: RunRows } | undefined;
  return {
    header(names) {
      const hasMeasure = names.some((column) => parseMeasuredColumn(column) !== undefined);
      if (!hasMeasure || !names.includes("step")) {
        throw notRunCsv(name, `its header is "${names.join(",").slice(0, 80)}"`);
      }
      checkHeader(names, name);
      columns = names.map(escapeControls);
      numeric = columns.filter((column) => !isKeyColumn(column));
    },
    row(keys, numbers) {
      if (keys !== current?.keys) {
        current = { keys, rows: runs.get(keys) ?? createRunRows(numeric) };
        runs.set(keys, current.rows);
        if (runs.size > maxRuns) {
          throw notRunCsv(name, `it has more than ${maxRuns} runs`);
        }
      }
      current.rows.add(numbers);
    },
    tables: () => [...runs].map(([keys, rows]) => tableOf(columns, keys.split(keySeparator), rows, name)),
  };
}

function tableOf(
  columns: readonly string[],
  texts: readonly string[],
  rows: RunRows,
  name: string,
): RunTable {
  const keyColumns = columns.filter(isKeyColumn);
  const keys = new Map(keyColumns.map((column, i) => [column, escapeControls(texts[i] ?? "")]));
  checkKeys(keys, texts.length === keyColumns.length, name);
  const steps = rows.steps();
  const order = ascendingOrder(steps, name);
  const values = columns
    .filter((column) => column !== "step" && !isKeyColumn(column))
    .map((column) => [column, rows.column(column, order)] as const);
  return {
    keys,
    steps: order === undefined ? steps : Float64Array.from(order, (i) => steps[i] ?? Number.NaN),
    values: new Map(values),
  };
}

/** Throws SeglossError for columns that no run has. Without limits a small file could claim hours of work. */
function checkHeader(names: readonly string[], name: string): void {
  if (names.length > maxColumns) {
    throw notRunCsv(name, `it has ${names.length} columns, more than ${maxColumns}`);
  }
  const long = names.find((column) => column.length > maxText);
  if (long !== undefined) {
    throw notRunCsv(name, `a column's name has ${long.length} characters, more than ${maxText}`);
  }
  const twice = names.find((column, i) => names.indexOf(column) !== i);
  if (twice !== undefined) {
    throw notRunCsv(name, `it has the column "${twice}" twice`);
  }
}

/** Throws SeglossError for keys that no run has. */
function checkKeys(keys: ReadonlyMap<string, string>, isComplete: boolean, name: string): void {
  if (!isComplete) {
    throw notRunCsv(name, "a key has a control character");
  }
  const long = [...keys.values()].find((text) => text.length > maxText);
  if (long !== undefined) {
    throw notRunCsv(name, `a key has ${long.length} characters, more than ${maxText}`);
  }
  const run = keys.get("run");
  if (run !== undefined && !/^\d{1,9}$/.test(run)) {
    throw notRunCsv(name, `a run's number is "${run}"`);
  }
}

/** Returns the order in which the steps ascend, undefined if they already do. Throws SeglossError if one is missing or doubled. */
function ascendingOrder(steps: Float64Array, name: string): Uint32Array | undefined {
  const wrong = steps.find((step) => !Number.isSafeInteger(step) || step < 0);
  if (wrong !== undefined) {
    throw notRunCsv(name, Number.isNaN(wrong) ? "a row has no step" : `a step is ${wrong}`);
  }
  if (steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? Number.NaN))) {
    return undefined;
  }
  const order = Uint32Array.from(steps, (_, i) => i).sort((a, b) => (steps[a] ?? 0) - (steps[b] ?? 0));
  const second = order.findIndex((row, i) => i > 0 && steps[row] === steps[order[i - 1] ?? 0]);
  if (second > 0) {
    throw notRunCsv(name, `step ${steps[order[second] ?? 0]} of one run stands in it twice`);
  }
  return order;
}

interface RunRows {
  add(numbers: Float64Array): void;
  /** The steps in the order of the rows. */
  steps(): Float64Array;
  /** A column's values in the given order of rows, or in that of the file. */
  column(name: string, order: Uint32Array | undefined): Float32Array;
}

/**
 * Creates storage for the rows of one run, which grows by doubling. Values are float32 as they were trained; steps are
 * float64, because a float32 holds whole numbers only up to 16,777,216.
 */
function createRunRows(numeric: readonly string[]): RunRows {
  const width = numeric.length;
  const stepIndex = numeric.indexOf("step");
  // Few at first: a file may hold very many short runs.
  let steps = new Float64Array(8);
  let values = new Float32Array(8 * width);
  let count = 0;
  return {
    add(numbers) {
      if (count === steps.length) {
        steps = copyInto(new Float64Array(2 * steps.length), steps);
        values = copyInto(new Float32Array(2 * values.length), values);
      }
      steps[count] = numbers[stepIndex] ?? Number.NaN;
      values.set(numbers, count * width);
      count++;
    },
    steps: () => steps.slice(0, count),
    column(name, order) {
      const index = numeric.indexOf(name);
      const column = new Float32Array(count);
      for (let i = 0; i < count; i++) {
        column[i] = values[(order?.[i] ?? i) * width + index] ?? Number.NaN;
      }
      return column;
    },
  };
}
