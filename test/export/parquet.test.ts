import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import type { RunTable } from "../../src/analysis/input/run-table.js";
import { studySmoothing, summarizeRun } from "../../src/analysis/run-summary.js";
import { createParquetRuns } from "../../src/export/parquet.js";
import type { RunRows } from "../../src/export/run-rows.js";

/** Returns a run with these keys and these columns of numbers. */
function runRows(
  keys: Readonly<Record<string, string>>,
  values: Readonly<Record<string, number[]>>,
): RunRows {
  const columns = Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)] as const);
  const table: RunTable = {
    keys: new Map(Object.entries(keys)),
    steps: Float64Array.from(columns[0]?.[1] ?? [], (_, step) => 3 * step),
    values: new Map(columns),
  };
  return { run: summarizeRun(table, { path: "run-0.csv" }, studySmoothing), table };
}

function parquetOf(runs: readonly RunRows[]): ArrayBuffer {
  const parts: Uint8Array[] = [];
  const writer = createParquetRuns(
    runs.map(({ run }) => run),
    (bytes) => parts.push(bytes.slice()),
  );
  for (const rows of runs) {
    writer.append(rows);
  }
  writer.finish();
  return Uint8Array.from(Buffer.concat(parts)).buffer;
}

function readParquet(file: ArrayBuffer): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file });
}

const keys = { optimizer: "adam", batch_norm: "true", threshold: "0.05", trained_loss: "dice", run: "7" };

const odd = fc.oneof(
  fc.float(),
  fc.constantFrom(
    Number.NaN,
    -0,
    0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    2 ** -149,
    -(2 ** -149),
    2 ** -126,
    1e-40,
    3.4e38,
  ),
);

test("Every float32 comes back from Parquet as it was, and an accuracy that was not measured as null", async () => {
  const lists = fc.array(fc.tuple(odd, odd, odd), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(lists, { minLength: 1, maxLength: 3 }), async (runs) => {
      const written = runs.map((rows, run) =>
        runRows(
          { ...keys, run: String(run) },
          {
            cce_loss: rows.map(([loss]) => loss),
            cce_grad_norm: rows.map(([, norm]) => norm),
            accuracy: rows.map(([, , accuracy]) => accuracy),
          },
        ),
      );
      const read = await readParquet(parquetOf(written));
      const expected = runs.flatMap((rows, run) =>
        rows.map(([loss, norm, accuracy], row) => ({
          ...{ optimizer: "adam", batch_norm: true, threshold: 0.05, trained_loss: "dice", run: BigInt(run) },
          step: BigInt(3 * row),
          cce_loss: Math.fround(loss),
          cce_grad_norm: Math.fround(norm),
          accuracy: Number.isNaN(accuracy) ? null : Math.fround(accuracy),
        })),
      );
      // Strict equality tells -0 from 0, and takes NaN for NaN.
      assert.deepEqual(read, expected);
    }),
    { numRuns: 60 },
  );
});

test("A Parquet file has a row group for each run, natural types, and the same bytes every time", () => {
  const values = { cce_loss: [0.5, 0.25], accuracy: [0.9, Number.NaN] };
  const runs = ["0.001", "0.01"].map((rate) =>
    runRows({ ...keys, learning_rate: rate, filters: "4" }, values),
  );
  const file = parquetOf(runs);
  const { row_groups, schema } = parquetMetadata(file);
  assert.deepEqual(
    row_groups.map(({ num_rows }) => num_rows),
    [2n, 2n],
  );
  assert.deepEqual(
    schema.slice(1).map(({ name, type, repetition_type }) => [name, type, repetition_type]),
    [
      ["optimizer", "BYTE_ARRAY", "REQUIRED"],
      ["batch_norm", "BOOLEAN", "REQUIRED"],
      ["threshold", "DOUBLE", "REQUIRED"],
      ["trained_loss", "BYTE_ARRAY", "REQUIRED"],
      ["run", "INT64", "REQUIRED"],
      ["learning_rate", "DOUBLE", "REQUIRED"],
      ["filters", "INT64", "REQUIRED"],
      ["step", "INT64", "REQUIRED"],
      ["cce_loss", "FLOAT", "REQUIRED"],
      ["accuracy", "FLOAT", "OPTIONAL"],
    ],
  );
  assert.deepEqual(Buffer.from(parquetOf(runs)), Buffer.from(file));
});

test("A run that lacks a column of another run has null there, and a value of another kind makes its key text", async () => {
  const runs = [
    runRows({ ...keys, run: "0" }, { cce_loss: [1], cce_grad_norm: [2] }),
    runRows({ ...keys, threshold: "half", run: "1" }, { dice_loss: [3], cce_grad_norm: [4] }),
  ];
  const rows = await readParquet(parquetOf(runs));
  assert.deepEqual(
    rows.map(({ threshold, cce_loss, dice_loss, cce_grad_norm, accuracy }) => [
      ...[threshold, cce_loss, dice_loss, cce_grad_norm, accuracy],
    ]),
    [
      ["0.05", 1, null, 2, null],
      ["half", null, 3, 4, null],
    ],
  );
});
