import type { DecodedArray, SchemaElement } from "hyparquet";
import { ByteWriter, type ColumnSource, ParquetWriter } from "hyparquet-writer";
import type { RunSummary } from "../analysis/run-summary.js";
import { programVersion } from "../results/provenance.js";
import { type ExportColumns, exportColumns, type KeyType } from "./columns.js";
import type { RunRows } from "./run-rows.js";

/** Writes runs into a Parquet file, one after another. */
export interface ParquetRuns {
  /** Appends a run's rows as a row group. */
  append(rows: RunRows): void;
  /** Appends what follows the last row group, without which no program can read the file. */
  finish(): void;
}

/**
 * Creates a writer of all rows of runs: their keys, the step, the measured float32 numbers, and the accuracy, which is null
 * where it was not measured. It holds one row group in memory, and of those before it what the end of the file needs: some
 * hundred bytes for each column. The bytes depend on nothing but the runs and the version of segloss.
 *
 * @param runs all runs that will be appended
 * @param append receives the bytes of the file in order
 */
export function createParquetRuns(
  runs: readonly RunSummary[],
  append: (bytes: Uint8Array) => void,
): ParquetRuns {
  const columns = exportColumns(runs);
  const bytes = new ByteWriter();
  const flush = () => {
    append(bytes.getBytes());
    bytes.index = 0;
  };
  const writer = new ParquetWriter({
    writer: Object.assign(bytes, { flush, finish: flush }),
    schema: schemaOf(columns),
    // The one codec that this library brings along and every reader has.
    codec: "SNAPPY",
    createdBy: `segloss version ${programVersion()}`,
  });
  return {
    append(rows) {
      const { length } = rows.table.steps;
      writer.write({ columnData: columnData(rows, columns), rowGroupSize: Math.max(1, length) });
    },
    finish: () => {
      writer.finish();
    },
  };
}

function schemaOf({ keys, measured }: ExportColumns): SchemaElement[] {
  const leaves: readonly SchemaElement[] = [
    ...keys.map(({ name, type, isNullable }) => ({ name, ...keyElements[type], ...repetition(isNullable) })),
    { name: "step", type: "INT64", ...repetition(false) },
    ...measured.map(({ name, isNullable }) => ({ name, type: "FLOAT", ...repetition(isNullable) }) as const),
    { name: "accuracy", type: "FLOAT", ...repetition(true) },
  ];
  return [{ name: "segloss", num_children: leaves.length }, ...leaves];
}

const keyElements: Readonly<Record<KeyType, Pick<SchemaElement, "type" | "converted_type">>> = {
  BOOLEAN: { type: "BOOLEAN" },
  DOUBLE: { type: "DOUBLE" },
  INT64: { type: "INT64" },
  STRING: { type: "BYTE_ARRAY", converted_type: "UTF8" },
};

function repetition(isNullable: boolean): Pick<SchemaElement, "repetition_type"> {
  return { repetition_type: isNullable ? "OPTIONAL" : "REQUIRED" };
}

function columnData({ run, table }: RunRows, { keys, measured }: ExportColumns): ColumnSource[] {
  const { steps, values } = table;
  const constant = (value: unknown): DecodedArray => new Array(steps.length).fill(value);
  const accuracy = values.get("accuracy");
  return [
    ...keys.map(
      ({ name, type, valueIn }): ColumnSource => ({
        name,
        data: constant(valueIn(run)),
        // A dictionary of one entry, and one run of its index.
        ...(type === "BOOLEAN" ? {} : { encoding: "RLE_DICTIONARY" }),
      }),
    ),
    { name: "step", data: BigInt64Array.from(steps, BigInt), encoding: "DELTA_BINARY_PACKED" },
    ...measured.map(
      ({ name }): ColumnSource => ({
        name,
        // The exponents of a column's numbers are similar: together they compress well. A dictionary would take -0 for 0.
        encoding: "BYTE_STREAM_SPLIT",
        data: values.get(name) ?? constant(null),
      }),
    ),
    {
      name: "accuracy",
      encoding: "PLAIN",
      data:
        accuracy === undefined ? constant(null) : Array.from(accuracy, (x) => (Number.isNaN(x) ? null : x)),
    },
  ];
}
