import assert from "node:assert/strict";
import { test } from "node:test";
import {
  estimateMean,
  geometricMean,
  mean,
  meanByObservation,
  median,
  pairedDifferences,
  standardDeviation,
  studentT95,
} from "../../../src/analysis/stats/estimates.js";

const near = (actual: number | undefined, expected: number, tolerance = 1e-4) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= tolerance, `${actual} is not ${expected}`);

test("Mean, median, standard deviation and geometric mean match known values", () => {
  near(mean([1, 2, 6]), 3);
  near(median([9, 1, 2]), 2);
  near(median([4, 1, 2, 9]), 3);
  near(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9]), 2.13809);
  near(geometricMean([1, 10, 100]), 10);
});

test("An empty list has no mean and no median, and one value has no standard deviation", () => {
  assert.ok(Number.isNaN(mean([])));
  assert.ok(Number.isNaN(median([])));
  assert.ok(Number.isNaN(standardDeviation([3])));
});

test("The points of Student's t are those of the printed tables", () => {
  for (const [degrees, point] of [
    [1, 12.7062],
    [2, 4.3027],
    [9, 2.2622],
    [30, 2.0423],
    [31, 2.0395],
    [60, 2.0003],
    [1000, 1.9623],
  ] as const) {
    near(studentT95(degrees), point);
  }
});

test("An interval reaches t times the standard error to both sides of the mean", () => {
  const result = estimateMean([1, 2, 3]);
  near(result?.mean, 2);
  near(result?.low, 2 - 4.3027 / Math.sqrt(3));
  near(result?.high, 2 + 4.3027 / Math.sqrt(3));
  assert.equal(result?.runs, 3);
});

test("One run has a mean without an interval, and no run has no estimate", () => {
  assert.deepEqual(estimateMean([5]), { mean: 5, low: undefined, high: undefined, runs: 1 });
  assert.equal(estimateMean([]), undefined);
});

test("Only observations with a finite value on both sides are paired", () => {
  const a = new Map([
    ["0", 1],
    ["1", 2],
    ["2", Number.NaN],
    ["5", 4],
  ]);
  const b = new Map([
    ["0", 4],
    ["2", 9],
    ["5", 3],
    ["7", 1],
  ]);
  assert.deepEqual(
    [...pairedDifferences(a, b)],
    [
      ["0", 3],
      ["5", -1],
    ],
  );
});

test("A mean by observation averages each over the maps that have it", () => {
  const sets = [
    new Map([
      ["0", 1],
      ["1", 5],
    ]),
    new Map([["0", 3]]),
  ];
  assert.deepEqual(
    [...meanByObservation(sets)],
    [
      ["0", 2],
      ["1", 5],
    ],
  );
});
