import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseNumber } from "../../../src/analysis/input/parse-number.js";
import { readPlainCsv } from "../../../src/analysis/input/plain-csv.js";
import { readQuotedCsv } from "../../../src/analysis/input/quoted-csv.js";
import { parseRunTables } from "../../../src/analysis/input/run-table.js";
import { SeglossError } from "../../../src/errors.js";

const csv = (...lines: readonly string[]) => Buffer.from(`${lines.join("\n")}\n`);
const header = "optimizer,trained_loss,run,step,cce_loss,cce_grad_norm,accuracy";

/** Returns the header and the rows as a reader passes them on. */
function rowsOf(read: typeof readPlainCsv, bytes: Buffer): unknown {
  const rows: unknown[] = [];
  read(bytes, "x.csv", {
    header: (columns) => rows.push(columns),
    row: (keys, numbers) => rows.push([keys, [...numbers]]),
  });
  return rows;
}

test("The keys, steps and values of a run are read, an empty cell and NaN as NaN", () => {
  const [table, ...rest] = parseRunTables(
    csv(header, "adam,cce,2,0,0.5,1.25,0.25", "adam,cce,2,1,NaN,1e-7,", "adam,cce,2,2,Infinity,3,"),
    "x.csv",
  );
  assert.equal(rest.length, 0);
  assert.deepEqual(
    [...(table?.keys ?? [])],
    [
      ["optimizer", "adam"],
      ["trained_loss", "cce"],
      ["run", "2"],
    ],
  );
  assert.deepEqual([...(table?.steps ?? [])], [0, 1, 2]);
  assert.deepEqual([...(table?.values.get("cce_loss") ?? [])], [0.5, Number.NaN, Number.POSITIVE_INFINITY]);
  assert.deepEqual([...(table?.values.get("cce_grad_norm") ?? [])], [1.25, Math.fround(1e-7), 3]);
  assert.deepEqual([...(table?.values.get("accuracy") ?? [])], [0.25, Number.NaN, Number.NaN]);
});

test("Concatenated runs, with repeated headers and mixed rows, are separated and sorted by step", () => {
  const tables = parseRunTables(
    csv(
      header,
      "adam,cce,0,1,0.2,1,",
      "adam,cce,0,0,0.1,1,",
      header,
      "adam,cce,1,0,0.3,1,",
      "adam,cce,0,2,0.4,1,",
    ),
    "x.csv",
  );
  assert.equal(tables.length, 2);
  assert.deepEqual([...(tables[0]?.steps ?? [])], [0, 1, 2]);
  assert.deepEqual(
    [...(tables[0]?.values.get("cce_loss") ?? [])].map((v) => v.toFixed(1)),
    ["0.1", "0.2", "0.4"],
  );
  assert.deepEqual([...(tables[1]?.keys ?? [])].at(-1), ["run", "1"]);
});

test("Steps above 16,777,216, where a float32 skips numbers, stay apart", () => {
  const first = 16_777_215;
  const rows = Array.from({ length: 4 }, (_, i) => `adam,cce,0,${first + i},0.5,1,`);
  const [table] = parseRunTables(csv(header, ...rows), "x.csv");
  assert.deepEqual([...(table?.steps ?? [])], [first, first + 1, first + 2, first + 3]);
});

test("A run of several thousand rows keeps every row", () => {
  const rows = Array.from({ length: 5000 }, (_, i) => `adam,cce,0,${4999 - i},${i},1,`);
  const [table] = parseRunTables(csv(header, ...rows), "x.csv");
  assert.deepEqual(
    [...(table?.values.get("cce_loss") ?? [])],
    Array.from({ length: 5000 }, (_, step) => 4999 - step),
  );
});

test("Columns may stand in any order", () => {
  const [table] = parseRunTables(csv("step,cce_loss,run,trained_loss", "0,0.5,3,dice"), "x.csv");
  assert.equal(table?.keys.get("trained_loss"), "dice");
  assert.equal(table?.keys.get("run"), "3");
  assert.equal(table?.values.get("cce_loss")?.[0], 0.5);
});

test("A last line without a newline, which may still be being written, is skipped", () => {
  const [table] = parseRunTables(Buffer.from(`${header}\nadam,cce,0,0,0.5,1,\nadam,cce,0,1,0.5,`), "x.csv");
  assert.deepEqual([...(table?.steps ?? [])], [0]);
});

test("Quotes, CRLF and a byte order mark make no difference", () => {
  const plain = csv(header, "adam,cce,0,0,0.5,1.5,0.25", "adam,cce,0,1,0.25,1,");
  const quoted = Buffer.from(
    `\ufeff${plain.toString().replaceAll("adam", '"adam"').replaceAll("\n", "\r\n")}`,
  );
  assert.deepEqual(parseRunTables(quoted, "x.csv"), parseRunTables(plain, "x.csv"));
});

for (const [what, bytes, message] of [
  ["another header", csv("a,b", "1,2"), /its header is "a,b"/],
  ["no step column", csv("trained_loss,cce_loss", "cce,2"), /its header is/],
  ["a short row", csv(header, "adam,cce,0,0,0.5"), /one of its rows is "adam,cce,0,0,0.5"/],
  ["a long row", csv(header, "adam,cce,0,0,0.5,1,,7"), /one of its rows/],
  ["text for a number", csv(header, "adam,cce,0,0,zero,1,"), /one of its rows/],
  ["a row without a step", csv(header, "adam,cce,0,,1,1,"), /a row has no step/],
  [
    "a step twice",
    csv(header, "adam,cce,0,4,1,1,", "adam,cce,0,4,1,1,"),
    /step 4 of one run stands in it twice/,
  ],
] as const) {
  test(`${what} is refused with the file's name`, () => {
    const refused = (error: unknown) =>
      error instanceof SeglossError &&
      error.exitCode === 2 &&
      /^x\.csv/.test(error.message) &&
      message.test(error.message);
    assert.throws(() => parseRunTables(bytes, "x.csv"), refused);
  });
}

test("The plain reader agrees with csv-parse on any table without quotes", () => {
  const number = fc.oneof(
    fc.float({ noDefaultInfinity: true }).map(String),
    fc.double().map(String),
    fc.constantFrom(
      "",
      "NaN",
      "Infinity",
      "-Infinity",
      "-0",
      "1e-45",
      "0.1",
      "123456789012345678901234567890",
    ),
  );
  const key = fc.stringMatching(/^[a-z0-9._-]{0,12}$/);
  const row = fc
    .tuple(key, key, key, fc.nat().map(String), number, number, number)
    .map((cells) => cells.join(","));
  fc.assert(
    fc.property(fc.array(fc.oneof(row, row, row, fc.constant(header)), { maxLength: 20 }), (rows) => {
      const bytes = csv(header, ...rows);
      assert.deepEqual(rowsOf(readPlainCsv, bytes), rowsOf(readQuotedCsv, bytes));
    }),
  );
});

test("A number is parsed to the same bits as by Number", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.double({ noNaN: true }), fc.float({ noNaN: true }), fc.maxSafeInteger()),
      (value) => {
        for (const text of [String(value), value.toExponential(), value.toPrecision(9)]) {
          const bytes = Buffer.from(`,${text},`);
          assert.ok(Object.is(parseNumber(bytes, 1, bytes.length - 1), Number(text)), text);
        }
      },
    ),
  );
});

test("Text that is not a number is refused", () => {
  for (const text of ["1.2.3", "--1", "1-2", "abc", " ", ".", "-", "1,"]) {
    const bytes = Buffer.from(text);
    assert.equal(parseNumber(bytes, 0, bytes.length), undefined, text);
  }
});
