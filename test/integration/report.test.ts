import assert from "node:assert/strict";
import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reportCommand } from "../../src/commands/report.js";
import { gridRuns } from "../../src/config/grid.js";
import { SeglossError } from "../../src/errors.js";
import { cellFolder } from "../../src/results/paths.js";
import { writeRunRecord } from "../../src/results/run-record.js";
import { createSweepFile } from "../../src/results/sweep/sweep-file.js";
import { finishRun, smallConfig } from "../helpers/finished-runs.js";
import { seglossSync } from "../helpers/program.js";
import { type SyntheticSweep, writeSweep } from "../helpers/synthetic-sweep.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const small: SyntheticSweep = {
  axes: {
    optimizer: ["sgd"],
    batch_norm: ["false"],
    threshold: ["0.05", "0.95"],
    trained_loss: ["cce", "dice"],
  },
  monitor: ["cce", "dice"],
  runs: 2,
  steps: 501,
};
test("Runs that are left out are counted and named before the tables", () => {
  const folder = createTemporaryFolder("report");
  for (const run of gridRuns(smallConfig)) {
    finishRun(folder, run);
  }
  createSweepFile(folder, smallConfig);
  truncateSync(join(folder, "adam-nobn-t0.5-cce", "run-0.csv"), 60);
  const { out: report } = seglossSync(["report", folder]);
  assert.match(report, /\ntrained: 2020-01-01 00:00 UTC.*\nseed: 1\ncommit: not known\ndevice: cpu/);
  assert.match(report, /\n3 of 4 runs, .*\nleft out: 1 damaged\n {2}\S+run-0\.csv has 60 bytes, not the/);
  const plot = seglossSync(["plot", folder, "--figure", "accuracy", "-o", join(folder, "a.svg")]);
  assert.match(plot.err, /^left out: 1 damaged\n/);
});

test("Runs of different source code are warned of in text and page, and refused with --strict", () => {
  const folder = createTemporaryFolder("report");
  const runs = gridRuns(smallConfig);
  for (const [i, run] of runs.entries()) {
    const record = finishRun(folder, run);
    const environment = { ...record.environment, commit: i === 0 ? "0123456789" : "abcdef0123" };
    writeRunRecord(cellFolder(folder, run), { ...record, environment });
  }
  const warning =
    /warning: the runs are made by different source code: 1 by commit 0123456, 3 by commit abcdef0/;
  assert.match(seglossSync(["report", folder]).out, warning);
  assert.match(seglossSync(["report", folder, "--html", "-o", "-"]).out, warning);
  const refused = seglossSync(["report", folder, "--strict"]);
  assert.deepEqual([refused.code, refused.out], [2, ""]);
  assert.match(refused.err, /--strict: the runs are made by different source code/);
  assert.equal(seglossSync(["report", folder, "--strict", "--only", "run=0,loss=cce"]).code, 0);
});

test("--format prints tables only, and refuses a format that there is not", () => {
  const folder = createTemporaryFolder("report");
  writeSweep(folder, small);
  assert.match(
    seglossSync(["report", folder, "--format", "markdown"]).out,
    /^\*\*Cells\*\*\n\n\| foreground share /,
  );
  assert.match(
    seglossSync(["report", folder, "--format", "csv"]).out,
    /^threshold,trained_loss,runs,accuracy_mean/,
  );
  const byThreshold = seglossSync(["report", folder, "--format", "csv", "--compare", "threshold"]).out;
  assert.equal(byThreshold.split("\n").length, 1 + 2 + 1);
  const refused = seglossSync(["report", folder, "--format", "pdf"]);
  assert.match(refused.err, /--format: got "pdf"; allowed: "markdown", "csv", "latex"/);
});

test("The report is written to stdout as text or JSON, and to the sweep's folder as a page", () => {
  const folder = createTemporaryFolder("report");
  writeSweep(folder, small);
  const plain = seglossSync(["report", folder, "--compare", "threshold"]);
  assert.deepEqual([plain.code, plain.err], [0, ""]);
  assert.match(plain.out, /\n8 runs, all of them with SGD, no batch norm\n/);
  assert.match(plain.out, /Paired differences by foreground share/);
  const json = seglossSync(["report", folder, "--json", "--only", "loss=cce"]);
  assert.equal(JSON.parse(json.out).runs.finished, 4);
  const html = seglossSync(["report", folder, "--html"]);
  assert.deepEqual([html.code, html.out], [0, ""]);
  assert.match(readFileSync(join(folder, "report.html"), "utf8"), /^<!doctype html>/);
});

test("--compare refuses an axis that does not vary and suggests the nearest", async () => {
  const folder = createTemporaryFolder("report");
  writeSweep(folder, small);
  const isRefused = (error: unknown) =>
    error instanceof SeglossError &&
    /--compare: got "treshold".*did you mean "threshold"/.test(error.message);
  await assert.rejects(
    reportCommand().parseAsync([folder, "--compare", "treshold"], { from: "user" }),
    isRefused,
  );
});
