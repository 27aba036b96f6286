import assert from "node:assert/strict";
import { test } from "node:test";
import { originalFinalAccuracies } from "../../../src/analysis/findings/final-accuracy.js";
import { findOriginalRuns, originalCells } from "../../../src/analysis/findings/original-accuracy.js";

test("The original has 36 cells of 3 runs", () => {
  assert.equal(originalCells().length, 36);
  assert.equal(originalFinalAccuracies().length, 108);
});

test("The table of the original has the sums that were read from its figures", () => {
  const outcomes = originalFinalAccuracies();
  const known = outcomes.filter(({ below }) => !below);
  const runs = originalCells().flatMap(findOriginalRuns);
  const steps = runs.flatMap(({ convergedStep }) => convergedStep ?? []);
  // A wrong cell changes the sums over the table.
  assert.equal(outcomes.length - known.length, 18);
  assert.equal(known.reduce((sum, { accuracy }) => sum + accuracy, 0).toFixed(4), "87.6581");
  assert.equal(steps.length, 51);
  assert.equal(
    steps.reduce((sum, step) => sum + step, 0),
    75250,
  );
});

test("A cell of the original is found by its keys if every further axis has the study's value", () => {
  const keys = (further: readonly (readonly [string, string])[]) =>
    new Map([
      ["optimizer", "adam"],
      ["batch_norm", "false"],
      ["threshold", "0.05"],
      ["trained_loss", "dicefg"],
      ...further,
    ]);
  const accuracies = findOriginalRuns(keys([])).map(({ finalAccuracy }) => finalAccuracy);
  assert.deepEqual(accuracies, [0.9496, 0.9502, 0.9494]);
  assert.equal(findOriginalRuns(keys([["input", "raw"]])).length, 3);
  assert.equal(findOriginalRuns(keys([["input", "centred"]])).length, 0);
});
