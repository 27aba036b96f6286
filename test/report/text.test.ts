import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../src/analysis/run-summary.js";
import { computeReport } from "../../src/report/data.js";
import { formatReportJson } from "../../src/report/json.js";
import { formatReportText } from "../../src/report/text.js";
import { createRunSummary, createStudySummaries } from "../helpers/run-summaries.js";

const collect = (runs: readonly RunSummary[]) => ({ runs, leftOut: [], planned: undefined });
const text = (runs: readonly RunSummary[], axes: readonly string[] = [], width = 100) =>
  formatReportText(computeReport("x", collect(runs)), axes, width);
const line = (report: string, start: RegExp) =>
  report.split("\n").find((candidate) => start.test(candidate)) ?? "";

test("The line of a cell has its accuracies, the original's, its share of converged runs, its step at .99, its peak and its final loss", () => {
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
  const cells = line(text(runs, [], 200), /^dice /).split(/ {2,}/);
  assert.deepEqual(cells, [
    "dice",
    "3",
    "0.9890",
    "0.9800-0.9970",
    "0.9953-0.9981",
    "2 of 3",
    "0",
    // The window of the peak shrinks at the ends, so that the first value counts once.
    "1.20 (0)",
    "0.250",
  ]);
});

test("A verdict has its rule, this sweep's numbers and the original's; a finding not in the sweep takes one line", () => {
  const report = text([createRunSummary({ keys: { optimizer: "sgd" }, accuracy: 0.7 })], [], 300);
  assert.match(report, /Finding 1: HOLDS\. SGD: no run converges/);
  assert.match(
    report,
    /rule: {5}every SGD run's final accuracy is below 0\.99\n {4}here: {5}1 of 1 runs; highest 0\.7000/,
  );
  assert.match(report, /original: 54 of 54 runs; highest 0\.9508/);
  assert.match(report, /Finding 4: NOT IN THIS SWEEP\. .*\n\nFinding 5/);
});

test("A sweep that cannot be compared with the study begins with its own table and has no verdicts", () => {
  const runs = ["raw", "inverted"].map((input) =>
    createRunSummary({ keys: { input }, cell: { steps: 3001 } }),
  );
  const report = text(runs);
  assert.match(report, /^The study's six findings are not testable here: 3,001 of 10,001 steps$/m);
  assert.match(report, /testable here.*\n\ninput +runs/);
  assert.match(report, /\nPaired differences/);
  assert.doesNotMatch(report, /Finding \d/);
});

test("Differences are listed per axis, and cell by cell for the axes of --compare", () => {
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
    line(report, /^input +inverted +raw/),
    / 2 +0\.0000 \[0\.0000, 0\.0000\] +4\/4 -> 4\/4 +3\.00 \[3\.00, 3\.00\]/,
  );
  assert.match(report, /Paired differences by input, each value against raw\n.*\ncce +inverted/);
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

test("JSON has keys and their values as in a config", () => {
  const runs = ["false", "true"].map((batch_norm) =>
    createRunSummary({ keys: { batch_norm, learning_rate: "0.001", foreground_weight: "inverse" } }),
  );
  const report = JSON.parse(formatReportJson(computeReport("x", collect(runs))));
  assert.deepEqual(report.cells[0].keys, {
    optimizer: "adam",
    batchNorm: false,
    threshold: 0.5,
    loss: "cce",
    learningRate: 0.001,
    foregroundWeight: "inverse",
  });
  const [difference] = report.differences.overall;
  assert.deepEqual([difference.axis, difference.base, difference.value], ["batchNorm", false, true]);
});

test("The text of the study's sweep fits into 100 columns, and --wide shows every column", () => {
  const runs = createStudySummaries(() => ({}));
  const narrow = text(runs, ["threshold"]);
  assert.ok(narrow.split("\n").every((row) => row.length <= 100));
  assert.match(narrow, /^opt +bn +fg +loss +runs/m);
  assert.match(narrow, /^not shown: .*dicefg norm, ratio.*\(--wide shows them\)$/m);
  assert.match(narrow, /\nopt: optimizer, bn: batch norm, fg: foreground share, loss: trained loss\n$/);
  const wide = text(runs, ["threshold"], Number.POSITIVE_INFINITY);
  assert.match(wide, /^optimizer +batch norm +foreground share +trained loss +runs.* +final loss$/m);
  assert.doesNotMatch(wide, /not shown|bn:/);
});

test("No interval of a difference of accuracies goes beyond what is possible, and no difference is -0.0000", () => {
  const runs = ["false", "true"].flatMap((batch_norm) =>
    [0, 1].map((run) =>
      createRunSummary({
        keys: { batch_norm },
        run,
        accuracy: batch_norm === "true" && run === 0 ? 0.2 : 0.995,
      }),
    ),
  );
  assert.match(text(runs), /\[-1\.0000, 1\.0000\] +2\/2 -> 1\/2/);
  const tiny = ["false", "true"].map((batch_norm) =>
    createRunSummary({ keys: { batch_norm }, accuracy: batch_norm === "true" ? 0.99599 : 0.996 }),
  );
  assert.doesNotMatch(text(tiny), /-0\.0000/);
});

test("A loss that is trained but not monitored has no final value", () => {
  assert.match(text([createRunSummary({ keys: { trained_loss: "focal" } })]), /focal.* - +-$/m);
});

test("Text and JSON name the filter, and leave out values that have no pairs of runs", () => {
  // The other input was trained with another loss: nothing can be paired.
  const runs = [
    createRunSummary({ keys: { input: "raw", trained_loss: "cce" } }),
    createRunSummary({ keys: { input: "inverted", trained_loss: "dice" } }),
  ];
  const data = computeReport("x", collect(runs), ["run=0"]);
  assert.match(formatReportText(data, [], 100), /^only: run=0$/m);
  const report = JSON.parse(formatReportJson(data));
  assert.deepEqual([report.only, report.origin.only], [["run=0"], "run=0"]);
  assert.deepEqual(report.differences, { overall: [], cells: [] });
});
