import assert from "node:assert/strict";
import { test } from "node:test";
import {
  estimateMean,
  geometricMean,
  mean,
  meanByRun,
  median,
  pairedDifferences,
  standardDeviation,
  studentT95,
} from "../../../src/analysis/stats/estimates.js";

const near = (actual: number | null | undefined, expected: number, tolerance = 1e-4) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= tolerance, `${actual} is not ${expected}`);

test("mean, median, deviation and geometric mean of known numbers", () => {
  near(mean([1, 2, 6]), 3);
  near(median([9, 1, 2]), 2);
  near(median([4, 1, 2, 9]), 3);
  near(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9]), 2.13809);
  near(geometricMean([1, 10, 100]), 10);
});

test("nothing has neither mean nor median, and one value has no deviation", () => {
  assert.ok(Number.isNaN(mean([])));
  assert.ok(Number.isNaN(median([])));
  assert.ok(Number.isNaN(standardDeviation([3])));
});

test("Student's t has the points of the printed tables, within and beyond the listed ones", () => {
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

test("an interval is the mean and t times the standard error on both sides", () => {
  const result = estimateMean([1, 2, 3]);
  near(result?.mean, 2);
  near(result?.low, 2 - 4.3027 / Math.sqrt(3));
  near(result?.high, 2 + 4.3027 / Math.sqrt(3));
  assert.equal(result?.runs, 3);
});

test("one run has a mean and no interval, none has nothing", () => {
  assert.deepEqual(estimateMean([5]), { mean: 5, low: null, high: null, runs: 1 });
  assert.equal(estimateMean([]), null);
});

test("only run numbers that both have, with finite values, are paired", () => {
  const a = new Map([
    [0, 1],
    [1, 2],
    [2, Number.NaN],
    [5, 4],
  ]);
  const b = new Map([
    [0, 4],
    [2, 9],
    [5, 3],
    [7, 1],
  ]);
  assert.deepEqual(
    [...pairedDifferences(a, b)],
    [
      [0, 3],
      [5, -1],
    ],
  );
});

test("a mean by run number takes each number over the sets that have it", () => {
  const sets = [
    new Map([
      [0, 1],
      [1, 5],
    ]),
    new Map([[0, 3]]),
  ];
  assert.deepEqual(
    [...meanByRun(sets)],
    [
      [0, 2],
      [1, 5],
    ],
  );
});
