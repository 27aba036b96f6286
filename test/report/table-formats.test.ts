import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { formatCsv, formatLatex, formatMarkdown } from "../../src/report/table-formats.js";
import { formatTable, wrapLine } from "../../src/report/table-text.js";
import type { Table } from "../../src/report/tables.js";

const table: Table = {
  title: "Cells",
  columns: [
    { title: "foreground share", short: "fg" },
    { title: "loss", isNumber: true },
    { title: "peak", isNumber: true, rank: 1 },
    { title: "final loss", short: "final", isNumber: true, rank: 2 },
  ],
  rows: [
    { texts: ["95 %", "dice_square", "1", "0.1"], values: { threshold: "0.05", peak: 1 / 3 } },
    { texts: ["5 %", "a|b", "22", "-"], values: { threshold: "0.95", peak: undefined, extra: "x,y" } },
  ],
};

const hostile: Table = {
  title: "<b>*Cells*</b>",
  columns: [{ title: "note" }],
  rows: [
    { texts: ["![x](http://example.invalid)<script>`a`"], values: { note: "=1+1" } },
    { texts: ["\\input{x}"], values: { note: "@SUM(A1)", constructor: undefined } },
    { texts: ["[0.1, 0.2]"], values: { note: "-1.5", threshold: -0.5 } },
  ],
};

test("Markdown shows text from the data as it is", () => {
  const lines = formatMarkdown([hostile]).split("\n");
  assert.equal(lines[0], "**&lt;b>\\*Cells\\*&lt;/b>**");
  assert.equal(lines[4], "| ![x\\](http://example.invalid)&lt;script>\\`a\\` |");
  assert.equal(lines[6], "| [0.1, 0.2] |");
});

test("CSV has no formulas, and no values of Object.prototype", () => {
  const rows = parse(formatCsv([hostile])) as readonly (readonly string[])[];
  assert.deepEqual(rows[0], ["note", "constructor", "threshold"]);
  assert.deepEqual(rows.slice(1), [
    ["'=1+1", "", ""],
    ["'@SUM(A1)", "", ""],
    ["-1.5", "", "-0.5"],
  ]);
});

test("LaTeX shows commands in the data as text", () => {
  assert.match(formatLatex([hostile]), /^\\textbackslash\{\}input\\\{x\\\} \\\\$/m);
});

test("A table has full titles if it fits", () => {
  assert.deepEqual(formatTable(table, 80), [
    "foreground share         loss  peak  final loss",
    "95 %              dice_square     1         0.1",
    "5 %                       a|b    22           -",
  ]);
});

test("A table that is too wide has short titles, then loses columns by rank and says which", () => {
  assert.equal(formatTable(table, 40)[0], "fg           loss  peak  final");
  assert.deepEqual(formatTable(table, 24), [
    "fg           loss  peak",
    "95 %  dice_square     1",
    "5 %           a|b    22",
    "not shown: final loss",
    "(--wide shows them)",
  ]);
});

test("A table keeps its columns without a rank whatever the width", () => {
  assert.equal(formatTable(table, 5)[0], "fg           loss");
});

test("Text is wrapped at spaces, with further lines indented, and a long word stays whole", () => {
  assert.deepEqual(wrapLine("  here: one two three", 14, 4), ["  here: one", "    two three"]);
  assert.deepEqual(wrapLine("one extraordinary two", 8, 2), ["one", "  extraordinary", "  two"]);
  assert.deepEqual(wrapLine("short", Number.POSITIVE_INFINITY), ["short"]);
});

test("Markdown escapes the bars of a cell and aligns numbers to the right", () => {
  assert.equal(
    formatMarkdown([table]),
    [
      "**Cells**",
      "",
      "| foreground share | loss | peak | final loss |",
      "| --- | --: | --: | --: |",
      "| 95 % | dice_square | 1 | 0.1 |",
      "| 5 % | a\\|b | 22 | - |",
      "",
    ].join("\n"),
  );
});

test("LaTeX escapes what it would read as commands", () => {
  const latex = formatLatex([table]);
  assert.match(latex, /^% Cells\n\\begin\{tabular\}\{lrrr\}\n\\toprule\n/);
  assert.match(latex, /95 \\% & dice\\_square & 1 & 0\.1 \\\\\n/);
});

test("CSV has plain values in full precision, one row for each of all tables", () => {
  const rows: unknown = parse(formatCsv([table, table]), { columns: true });
  assert.deepEqual(rows, [
    { threshold: "0.05", peak: String(1 / 3), extra: "" },
    { threshold: "0.95", peak: "", extra: "x,y" },
    { threshold: "0.05", peak: String(1 / 3), extra: "" },
    { threshold: "0.95", peak: "", extra: "x,y" },
  ]);
});
