import assert from "node:assert/strict";
import { test } from "node:test";
import { summarizeCells } from "../../../src/analysis/cell-summary.js";
import { obstaclesOf, studyRuns } from "../../../src/analysis/findings/comparability.js";
import { judgeFindings } from "../../../src/analysis/findings/findings.js";
import { createRunSummary } from "../../helpers/run-summaries.js";

test("A run of the study's parameters is comparable, whichever it has of those that the study varies", () => {
  const runs = [createRunSummary(), createRunSummary({ keys: { optimizer: "sgd", threshold: "0.3" } })];
  assert.equal(studyRuns(runs).length, 2);
  assert.deepEqual(obstaclesOf(runs), []);
});

test("A run of other steps is not comparable: no finding is judged and no original stands beside", () => {
  const runs = [createRunSummary({ cell: { steps: 3001 } })];
  assert.deepEqual(obstaclesOf(runs), ["3,001 of 10,001 steps"]);
  assert.deepEqual([...new Set(judgeFindings(runs).map(({ verdict }) => verdict))], ["not testable here"]);
  assert.deepEqual(summarizeCells(runs)[0]?.original, []);
  assert.equal(summarizeCells([createRunSummary()])[0]?.original.length, 3);
});

test("Parameters that the CSV does not have are compared by the record", () => {
  const runs = [4, 8].map((filters) => createRunSummary({ cell: { filters, batchSize: 4 } }));
  assert.equal(studyRuns(runs).length, 0);
  assert.deepEqual(obstaclesOf(runs), ["batch size 4, not 2"]);
});

test("Without a record the steps are those of the CSV", () => {
  const { cell: _, ...run } = createRunSummary({ steps: 501 });
  assert.deepEqual(obstaclesOf([{ ...run, cell: {} }]), ["501 of 10,001 steps"]);
});

test("Runs of which each differs from the study in another parameter have no single obstacle", () => {
  const runs = [createRunSummary({ cell: { filters: 8 } }), createRunSummary({ cell: { batchSize: 4 } })];
  assert.deepEqual(obstaclesOf(runs), ["no run has the study's value in every parameter"]);
});
