import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { findRuns } from "../../src/analysis/input/find-runs.js";
import { readRuns } from "../../src/analysis/input/read-runs.js";
import { studySmoothing } from "../../src/analysis/run-summary.js";
import { gridRuns } from "../../src/config/grid.js";
import { type ExportOptions, exportRuns } from "../../src/export/export.js";
import { readRunRows } from "../../src/export/run-rows.js";
import { header } from "../../src/results/columns.js";
import { replaceSweepFile } from "../../src/results/sweep/sweep-file.js";
import { temporaryFolder } from "../helpers/configs.js";
import { finishRun, smallConfig } from "../helpers/finished-runs.js";

const options: Omit<ExportOptions, "inputs"> = {
  parquet: undefined,
  tensorboard: undefined,
  every: 1,
  only: [],
  verify: false,
  strict: false,
  quiet: true,
};

/** Writes a sweep of two cells with two runs each, all but one of them finished. Returns its folder. */
function createSweepFolder(): string {
  const sweep = join(temporaryFolder(), "sweep");
  mkdirSync(sweep);
  replaceSweepFile(sweep, smallConfig);
  for (const run of gridRuns(smallConfig).slice(0, 3)) {
    finishRun(sweep, run);
  }
  return sweep;
}

/** Returns the rows of all CSVs below a folder, joined with the names of their columns. */
function csvRows(sweep: string): string[] {
  return readdirSync(sweep, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".csv"))
    .flatMap((name) => readFileSync(join(sweep, name), "utf8").trimEnd().split("\n").slice(1));
}

test("export writes the values of all finished runs' CSVs, and of the selected ones with --only", async () => {
  const sweep = createSweepFolder();
  const parquet = join(sweep, "new", "all.parquet");
  const columns = header(gridRuns(smallConfig)[0] ?? assert.fail());
  const exported = async () => {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(parquet) });
    return rows.map((row) => {
      assert.deepEqual(Object.keys(row), columns);
      return Object.entries(row).map(([column, value]) => (column === "accuracy" ? value : String(value)));
    });
  };
  const expected = (csv: readonly string[]) =>
    csv.map((line) =>
      line
        .split(",")
        .map((text, i) =>
          columns[i] === "accuracy"
            ? text === ""
              ? null
              : Math.fround(Number(text))
            : Number.isNaN(Number(text))
              ? text
              : String(/_loss$|_norm$/.test(columns[i] ?? "") ? Math.fround(Number(text)) : text),
        ),
    );
  await exportRuns({ ...options, inputs: [sweep], parquet });
  const rows = csvRows(sweep);
  assert.equal(rows.length, 9);
  assert.deepEqual((await exported()).sort(), expected(rows).sort());
  await exportRuns({ ...options, inputs: [sweep], parquet, only: ["loss=cce", "run=1"] });
  assert.deepEqual(await exported(), expected(rows.filter((line) => line.includes(",cce,1,"))));
  assert.deepEqual(readdirSync(join(sweep, "new")), ["all.parquet"]);
});

test("export refuses a link and a folder as its file, by name, and leaves no other file behind", async () => {
  const sweep = createSweepFolder();
  const out = temporaryFolder();
  const precious = join(out, "precious");
  writeFileSync(precious, "precious");
  symlinkSync(precious, join(out, "link.parquet"));
  mkdirSync(join(out, "folder.parquet"));
  for (const [name, kind] of [
    ["link.parquet", "a symbolic link"],
    ["folder.parquet", "a folder"],
  ] as const) {
    const message = `${join(out, name)}: it is ${kind}; only a plain file is replaced`;
    await assert.rejects(exportRuns({ ...options, inputs: [sweep], parquet: join(out, name) }), { message });
  }
  assert.deepEqual(readdirSync(out).sort(), ["folder.parquet", "link.parquet", "precious"]);
  assert.equal(readFileSync(precious, "utf8"), "precious");
});

test("Rows that are not those of the summary are refused", async () => {
  const sweep = createSweepFolder();
  const { runs } = await readRuns(findRuns([sweep], options), studySmoothing, () => {});
  const [first = assert.fail()] = runs;
  const text = readFileSync(first.source, "utf8");
  rmSync(first.source);
  writeFileSync(first.source, text.slice(0, text.trimEnd().lastIndexOf("\n") + 1));
  assert.throws(() => [...readRunRows(runs)], /changed while it was read: run the same command again/);
});
