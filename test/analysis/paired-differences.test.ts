import assert from "node:assert/strict";
import { test } from "node:test";
import { axesOf, sortByGrid, varyingAxes } from "../../src/analysis/axes.js";
import {
  baseOf,
  pairedDifferencesByCell,
  pairedDifferencesOverall,
} from "../../src/analysis/paired-differences.js";
import type { RunSummary } from "../../src/analysis/run-summary.js";
import { createRunSummary } from "../helpers/run-summaries.js";

const axis = (runs: readonly RunSummary[], key: string) => {
  const found = axesOf(runs).find((candidate) => candidate.key === key);
  assert.ok(found);
  return found;
};
const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-6, `${actual} is not ${expected}`);

/** Two inputs, two losses, three runs; the norm doubles with `inverted`, the accuracy loses .01. */
const runs = ["raw", "inverted"].flatMap((input) =>
  ["cce", "dice"].flatMap((trained_loss) =>
    [0, 1, 2].map((run) => {
      const inverted = input === "inverted" ? 1 : 0;
      return createRunSummary({
        keys: { trained_loss, input },
        run,
        accuracy: 0.9 + run / 100 - inverted / 100,
        columns: { cce_grad_norm: (1 + run) * 2 ** inverted },
      });
    }),
  ),
);

test("Axes order numbers by size and words by the table of parameters", () => {
  const mixed = ["10", "0.001", "1"].flatMap((learning_rate) =>
    ["centred", "raw", "inverted"].map((input) =>
      createRunSummary({ keys: { learning_rate, input, trained_loss: "dice" } }),
    ),
  );
  const axes = varyingAxes(axesOf(mixed));
  assert.deepEqual(
    axes.map(({ key, values, numeric }) => [key, values, numeric]),
    [
      ["learning_rate", ["0.001", "1", "10"], true],
      ["input", ["raw", "inverted", "centred"], false],
    ],
  );
  const ordered = sortByGrid(mixed.toReversed()).map(
    ({ keys }) => `${keys.get("learning_rate")} ${keys.get("input")}`,
  );
  assert.deepEqual(ordered.slice(0, 4), ["0.001 raw", "0.001 inverted", "0.001 centred", "1 raw"]);
});

test("The base of an axis is the study's value, or the first if the sweep does not have it", () => {
  assert.equal(baseOf(axis(runs, "input")), "raw");
  const thresholds = ["0.05", "0.95"].map((threshold) => createRunSummary({ keys: { threshold } }));
  assert.equal(baseOf(axis(thresholds, "threshold")), "0.05");
});

test("Cells that differ in one axis only are compared, accuracies by difference and norms by ratio", () => {
  const comparisons = pairedDifferencesByCell(runs, axis(runs, "input"));
  assert.deepEqual(
    comparisons.map(({ keys, base, value }) => [keys.get("trained_loss"), base, value]),
    [
      ["cce", "raw", "inverted"],
      ["dice", "raw", "inverted"],
    ],
  );
  for (const { accuracy, norms } of comparisons) {
    near(accuracy?.mean, -0.01);
    near(accuracy?.low, -0.01);
    assert.equal(accuracy?.runs, 3);
    // The runs' own levels differ threefold; paired, nothing of that is left.
    near(norms.get("cce")?.mean, 2);
    near(norms.get("cce")?.high, 2);
    near(norms.get("dice")?.mean, 1);
  }
});

test("Only common run numbers are compared, and a cell without a partner is left out", () => {
  const few = runs.filter(
    ({ keys, run }) => keys.get("input") === "raw" || (keys.get("trained_loss") === "cce" && run === 1),
  );
  const [comparison, ...rest] = pairedDifferencesByCell(few, axis(few, "input"));
  assert.equal(rest.length, 0);
  assert.deepEqual([comparison?.accuracy?.runs, comparison?.accuracy?.low], [1, undefined]);
});

test("The average over cells counts a run number as one observation", () => {
  const [overall, ...rest] = pairedDifferencesOverall(runs, axis(runs, "input"));
  assert.equal(rest.length, 0);
  assert.equal(overall?.accuracy?.runs, 3);
  near(overall?.accuracy?.mean, -0.01);
  near(overall?.norms.get("cce")?.mean, 2);
});
