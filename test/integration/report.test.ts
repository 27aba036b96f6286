import assert from "node:assert/strict";
import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { RunSummary } from "../../src/analysis/run-summary.js";
import { reportCommand } from "../../src/commands/report.js";
import { gridRuns } from "../../src/config/grid.js";
import { SeglossError } from "../../src/errors.js";
import { computeReport } from "../../src/report/data.js";
import { formatReportJson } from "../../src/report/json.js";
import { formatReportText } from "../../src/report/text.js";
import { createSweepFile } from "../../src/results/sweep-file.js";
import { segloss, temporaryFolder } from "../helpers/figures-program.js";
import { finishRun, smallConfig } from "../helpers/finished-runs.js";
import { createRunSummary, createStudySummaries } from "../helpers/run-summaries.js";
import { type SyntheticSweep, writeSweep } from "../helpers/synthetic-sweep.js";

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
const collect = (runs: readonly RunSummary[]) => ({ runs, leftOut: [], planned: undefined });
const text = (runs: readonly RunSummary[], axes: readonly string[] = []) =>
  formatReportText(computeReport("x", collect(runs)), axes);
const line = (report: string, start: RegExp) =>
  report.split("\n").find((candidate) => start.test(candidate)) ?? "";

test("the line of a cell has its accuracies, the original's, its first step at .99, its peak and its final loss", () => {
  const bump = Array.from({ length: 501 }, (_, i) => (i === 0 ? 21 : 1));
  const accuracies = [0.99, 0.98, 0.997];
  const runs = ["cce", "dice"].flatMap((trained_loss) =>
    accuracies.map((accuracy, run) =>
      createRunSummary({
        keys: { trained_loss },
        run,
        accuracy,
        columns: { dice_grad_norm: bump, dice_loss: 0.25 },
      }),
    ),
  );
  const cells = line(text(runs), /^trained on dice /).split(/ {2,}/);
  assert.deepEqual(cells, [
    "trained on dice",
    "3",
    "0.9890 (0.9800-0.9970)",
    "0.9953-0.9981",
    "0 (2 of 3)",
    // The window of the peak shrinks at the ends, so that the first value counts once.
    "1.20 (0)",
    "0.250",
  ]);
});

test("a verdict has its rule, this sweep's numbers and the original's; a finding not in the sweep takes one line", () => {
  const report = text([createRunSummary({ keys: { optimizer: "sgd" }, accuracy: 0.7 })]);
  assert.match(report, /Finding 1: HOLDS\. SGD: no run converges/);
  assert.match(
    report,
    /rule: {5}every SGD run's final accuracy is below 0\.99\n {4}here: {5}1 of 1 runs; highest 0\.7000/,
  );
  assert.match(report, /original: 54 of 54 runs; highest 0\.9508/);
  assert.match(report, /Finding 4: NOT IN THIS SWEEP\. .*\n\nFinding 5/);
});

test("a sweep that cannot be compared with the study begins with its own table and has no verdicts", () => {
  const runs = ["raw", "inverted"].map((input) =>
    createRunSummary({ keys: { input }, cell: { steps: 3001 } }),
  );
  const report = text(runs);
  assert.match(report, /^The study's six findings are not testable here: 3,001 of 10,001 steps$/m);
  assert.match(report, /testable here.*\n\ncell/);
  assert.match(report, /\nPaired differences/);
  assert.doesNotMatch(report, /Finding \d/);
});

test("runs that are left out are counted and named before the tables", (context) => {
  const folder = temporaryFolder(context);
  for (const run of gridRuns(smallConfig)) {
    finishRun(folder, run);
  }
  createSweepFile(folder, smallConfig);
  truncateSync(join(folder, "adam-nobn-t0.5-cce", "run-0.csv"), 60);
  const { text: report } = segloss(["report", folder]);
  assert.match(report, /\n3 of 4 runs, .*\nleft out: 1 damaged\n {2}\S+run-0\.csv has 60 bytes, not the/);
  const plot = segloss(["plot", folder, "--figure", "accuracy", "-o", join(folder, "a.svg")]);
  assert.match(plot.stderr, /^left out: 1 damaged\n/);
});

test("differences are listed per axis, and cell by cell for the axes of --compare", () => {
  const runs = ["raw", "inverted"].flatMap((input) =>
    ["cce", "dice"].flatMap((trained_loss) =>
      [0, 1].map((run) =>
        createRunSummary({
          keys: { trained_loss, input },
          run,
          columns: { cce_grad_norm: input === "raw" ? 1 : 3 },
        }),
      ),
    ),
  );
  const report = text(runs, ["input"]);
  assert.match(
    line(report, /^input +inverted against raw/),
    /\+?0\.0000 \[0\.0000, 0\.0000\], 2 runs +3\.00 \[3\.00, 3\.00\]/,
  );
  assert.match(report, /Paired differences by input, each value against raw\n.*\ntrained on cce +inverted/);
  assert.doesNotMatch(text(runs), /Paired differences by/);
});

test("JSON has every run, verdict and difference, and NaN as a word", () => {
  const runs = createStudySummaries((_, run) => ({ columns: { cce_loss: run === 1 ? Number.NaN : 0.5 } }));
  const report = JSON.parse(formatReportJson(computeReport("x", collect(runs))));
  assert.deepEqual(report.runs, { finished: 108, planned: null, judged: 108 });
  assert.equal(report.cells.length, 36);
  assert.equal(report.cells[0].runs[1].firstNaN, 0);
  assert.equal(report.cells[0].losses.cce.finalLoss, "NaN");
  assert.equal(report.cells[0].original.length, 3);
  assert.deepEqual(
    report.findings.map(({ number }: { number: number }) => number),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(report.differences.overall.length, 1 + 1 + 2 + 2);
  assert.equal(report.differences.cells.length, 18 + 18 + 24 + 24);
  assert.deepEqual(Object.keys(report.differences.cells[0].normRatios), ["cce", "dice", "dicefg"]);
});

test("the report is written to stdout as text or JSON, and to the sweep's folder as a page", (context) => {
  const folder = temporaryFolder(context);
  writeSweep(folder, small);
  const plain = segloss(["report", folder, "--compare", "threshold"]);
  assert.deepEqual([plain.status, plain.stderr], [0, ""]);
  assert.match(plain.text, /\n8 runs, all of them with SGD, no batch norm\n/);
  assert.match(plain.text, /Paired differences by foreground share/);
  const json = segloss(["report", folder, "--json", "--only", "loss=cce"]);
  assert.equal(JSON.parse(json.text).runs.finished, 4);
  const html = segloss(["report", folder, "--html"]);
  assert.deepEqual([html.status, html.text], [0, ""]);
  assert.match(readFileSync(join(folder, "report.html"), "utf8"), /^<!doctype html>/);
});

test("--compare refuses an axis that does not vary and suggests the nearest", async (context) => {
  const folder = temporaryFolder(context);
  writeSweep(folder, small);
  const isRefused = (error: unknown) =>
    error instanceof SeglossError &&
    /--compare: got "treshold".*did you mean "threshold"/.test(error.message);
  await assert.rejects(
    reportCommand().parseAsync([folder, "--compare", "treshold"], { from: "user" }),
    isRefused,
  );
});
