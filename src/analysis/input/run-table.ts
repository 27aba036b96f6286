import { isKeyColumn, parseMeasuredColumn } from "./columns.js";
import { readPlainCsv } from "./plain-csv.js";
import { readQuotedCsv } from "./quoted-csv.js";
import { keySeparator, notRunCsv, type RowSink } from "./row-sink.js";

/** The rows of one run out of a CSV, in order of steps. */
export interface RunTable {
  /** Key columns with their text, `run` among them, in the CSV's order. */
  readonly keys: ReadonlyMap<string, string>;
  readonly steps: Float64Array;
  /** The measured columns and the accuracy (NaN where it was not measured), all as long as `steps`. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/**
 * The runs in a CSV of ours: one run, or several put together, with or without their headers, columns and rows in any
 * order. `name` is for messages. Throws SeglossError where the text is no such CSV.
 */
export function parseRunTables(bytes: Buffer, name: string): readonly RunTable[] {
  const collector = collectRuns(name);
  const plain = !bytes.includes('"') && !bytes.includes("\r") && bytes[0] !== 0xef;
  (plain ? readPlainCsv : readQuotedCsv)(bytes, name, collector);
  return collector.tables();
}

function collectRuns(name: string): RowSink & { tables(): readonly RunTable[] } {
  const runs = new Map<string, GrowingRun>();
  let columns: readonly string[] = [];
  let current: { readonly keys: string; readonly run: GrowingRun } | undefined;
  return {
    header(names) {
      columns = names;
      const measures = names.some((column) => parseMeasuredColumn(column) !== null);
      if (!measures || !names.includes("step")) {
        throw notRunCsv(name, `its header is "${names.join(",").slice(0, 80)}"`);
      }
    },
    row(keys, numbers) {
      if (keys !== current?.keys) {
        current = { keys, run: runs.get(keys) ?? growingRun(numbers.length) };
        runs.set(keys, current.run);
      }
      current.run.add(numbers);
    },
    tables: () => [...runs].map(([keys, run]) => tableOf(columns, keys.split(keySeparator), run, name)),
  };
}

function tableOf(
  columns: readonly string[],
  texts: readonly string[],
  run: GrowingRun,
  name: string,
): RunTable {
  const numeric = columns.filter((column) => !isKeyColumn(column));
  const steps = run.column(numeric.indexOf("step"));
  const order = orderOf(steps, name);
  const sorted = (values: Float64Array) =>
    order === null ? values : Float64Array.from(order, (i) => values[i] ?? Number.NaN);
  const values = numeric.flatMap((column, i) =>
    column === "step" ? [] : [[column, Float32Array.from(sorted(run.column(i)))] as const],
  );
  return {
    keys: new Map(columns.filter(isKeyColumn).map((column, i) => [column, texts[i] ?? ""])),
    steps: sorted(steps),
    values: new Map(values),
  };
}

/** The order in which the steps ascend, null where they already do. */
function orderOf(steps: Float64Array, name: string): Uint32Array | null {
  if (steps.some(Number.isNaN)) {
    throw notRunCsv(name, "a row has no step");
  }
  if (steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? Number.NaN))) {
    return null;
  }
  const order = Uint32Array.from(steps, (_, i) => i).sort((a, b) => (steps[a] ?? 0) - (steps[b] ?? 0));
  const twice = order.findIndex((place, i) => i > 0 && steps[place] === steps[order[i - 1] ?? 0]);
  if (twice > 0) {
    throw notRunCsv(name, `step ${steps[order[twice] ?? 0]} of one run stands in it twice`);
  }
  return order;
}

interface GrowingRun {
  add(numbers: Float64Array): void;
  column(index: number): Float64Array;
}

/** Rows of `width` numbers, the room for them growing by doubling. */
function growingRun(width: number): GrowingRun {
  let data = new Float32Array(width * 1024);
  let rows = 0;
  return {
    add(numbers) {
      if ((rows + 1) * width > data.length) {
        const larger = new Float32Array(data.length * 2);
        larger.set(data);
        data = larger;
      }
      data.set(numbers, rows++ * width);
    },
    column: (index) =>
      Float64Array.from({ length: rows }, (_, row) => data[row * width + index] ?? Number.NaN),
  };
}
