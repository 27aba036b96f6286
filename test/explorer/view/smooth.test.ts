import assert from "node:assert/strict";
import { test } from "node:test";
import { divideSteps, summarizeIntervals } from "../../../src/analysis/stats/intervals.js";
import { movingAverage } from "../../../src/analysis/stats/moving-average.js";
import { smoothIntervals } from "../../../src/explorer/view/smooth.js";

test("Smoothed intervals of one step are the moving average", () => {
  const values = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i));
  assert.deepEqual(smoothIntervals(values, 1, 11), movingAverage(values, 11));
});

test("A window of part of an interval leaves the means as they are", () => {
  const values = Float32Array.from([1, 2, 3]);
  assert.equal(smoothIntervals(values, 12, 11), values);
});

test("Smoothed intervals are near the moving average of the steps that they hold, for a window that does not fit", () => {
  const steps = Float64Array.from({ length: 1200 }, (_, i) => i);
  const values = Float32Array.from(steps, (step) => Math.exp(-step / 300) + 0.1 * Math.sin(step / 40));
  const { mean } = summarizeIntervals(values, divideSteps(steps, 12));
  const expected = summarizeIntervals(
    Float32Array.from(movingAverage(values, 201)),
    divideSteps(steps, 12),
  ).mean;
  const smooth = smoothIntervals(mean, 12, 201);
  for (let i = 0; i < mean.length; i++) {
    assert.ok(Math.abs((smooth[i] ?? 0) - (expected[i] ?? 0)) < 5e-3, `${i}: ${smooth[i]} ${expected[i]}`);
  }
});
