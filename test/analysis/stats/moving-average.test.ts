import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { movingAverage } from "../../../src/analysis/stats/moving-average.js";

/** Returns the moving average by the study's definition: pad with the first and last value, then average. */
function byDefinition(values: readonly number[], window: number): readonly number[] {
  const margin = (window - 1) / 2;
  const at = (i: number) => values[Math.min(Math.max(i, 0), values.length - 1)] ?? 0;
  return values.map((_, i) => {
    let sum = 0;
    for (let j = i - margin; j <= i + margin; j++) {
      sum += at(j);
    }
    return sum / window;
  });
}

test("A moving average pads both ends with the first and the last value", () => {
  assert.deepEqual([...movingAverage([3, 6, 9, 30], 3)], [4, 6, 15, 23]);
  assert.deepEqual([...movingAverage([1, 2, 9], 5)], [2.8, 4.4, 6]);
});

test("A window that shrinks takes the values that there are at the ends", () => {
  assert.deepEqual([...movingAverage([3, 6, 9, 30], 3, "shrunk")], [4.5, 6, 15, 19.5]);
  assert.deepEqual([...movingAverage([1, 2, 9], 5, "shrunk")], [4, 4, 4]);
});

test("Any values and any odd window that shrinks agree with the definition", () => {
  const windows = fc.integer({ min: 0, max: 30 }).map((half) => 2 * half + 1);
  const lists = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(lists, windows, (values, window) => {
      const margin = (window - 1) / 2;
      const averages = movingAverage(values, window, "shrunk");
      return values.every((_, i) => {
        const inWindow = values.slice(Math.max(0, i - margin), i + margin + 1);
        const expected = inWindow.reduce((sum, value) => sum + value, 0) / inWindow.length;
        return Math.abs(expected - (averages[i] ?? Number.NaN)) <= 1e-12 * (1 + Math.max(...values));
      });
    }),
  );
});

test("A window of one step returns the values unchanged", () => {
  assert.deepEqual([...movingAverage([0.5, -2, 7], 1)], [0.5, -2, 7]);
});

test("A single value is its own average, and no values have none", () => {
  assert.deepEqual([...movingAverage([4], 201)], [4]);
  assert.deepEqual([...movingAverage([], 11)], []);
});

test("The study's windows of 201 and 11 steps agree with the definition", () => {
  const values = Array.from({ length: 700 }, (_, i) => Math.sin(i / 7) + (i % 13) / 5);
  for (const window of [11, 201]) {
    const expected = byDefinition(values, window);
    const actual = movingAverage(values, window);
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(value - (actual[i] ?? Number.NaN)) < 1e-12);
    }
  }
});

test("Any values and any odd window agree with the definition", () => {
  const window = fc.integer({ min: 0, max: 30 }).map((half) => 2 * half + 1);
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(values, window, (numbers, steps) => {
      const actual = movingAverage(numbers, steps);
      const tolerance = 1e-12 * (1 + Math.max(...numbers));
      return byDefinition(numbers, steps).every(
        (value, i) => Math.abs(value - (actual[i] ?? Number.NaN)) <= tolerance,
      );
    }),
  );
});

test("NaN and infinities affect only the windows that hold them, and huge values cost later ones no precision", () => {
  const averages = movingAverage(
    [1, 1, Number.NaN, 1, 1, 1, Number.POSITIVE_INFINITY, 1, 1, 1e300, 0.25, 0.25, 0.25],
    3,
  );
  assert.deepEqual(
    [...averages],
    [
      1,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      1,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      1e300 / 3,
      1e300 / 3,
      1e300 / 3,
      0.25,
      0.25,
    ],
  );
});

test("An even window is refused", () => {
  assert.throws(() => movingAverage([1, 2], 2), /odd window, not 2/);
});
