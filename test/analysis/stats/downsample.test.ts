import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { downsample } from "../../../src/analysis/stats/downsample.js";

const numbers = fc.array(
  fc.oneof(
    fc.double({ noNaN: true, min: -1e3, max: 1e3 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
  ),
  {
    minLength: 1,
    maxLength: 400,
  },
);

test("A spike of one step survives downsampling", () => {
  const values = new Float64Array(10_001);
  values[6_789] = 5;
  const curve = downsample(Array.from(values.keys()), values, 100);
  const at = curve.values.indexOf(5);
  assert.ok(at >= 0);
  assert.equal(curve.steps[at], 6_789);
  assert.ok(curve.values.length <= 2 * 101 + 2);
});

test("The highest and lowest value of every interval are kept at their own steps", () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 50 }), (values, columns) => {
      const steps = values.map((_, i) => i * 3);
      const curve = downsample(steps, values, columns);
      const width = ((values.length - 1) * 3) / columns || 1;
      const column = (step: number) => Math.floor(step / width);
      for (const wanted of new Set(steps.map(column))) {
        const own = values.filter((value, i) => column(i * 3) === wanted && Number.isFinite(value));
        const kept = [...curve.values].filter(
          (value, i) => column(curve.steps[i] ?? -1) === wanted && !Number.isNaN(value),
        );
        if (own.length === 0) {
          assert.equal(kept.length, 0);
        } else {
          assert.equal(Math.max(...kept), Math.max(...own));
          assert.equal(Math.min(...kept), Math.min(...own));
        }
      }
      for (const [i, step] of curve.steps.entries()) {
        const value = values[step / 3] ?? Number.NaN;
        assert.ok(Object.is(curve.values[i], Number.isFinite(value) ? value : Number.NaN));
      }
    }),
  );
});

test("Steps ascend, both ends are kept, and an interval with a NaN keeps one so that the line breaks", () => {
  const values = [1, 2, Number.NaN, 2, 1, 1, 1, 1, 1, 4];
  const curve = downsample(
    values.map((_, i) => i),
    values,
    2,
  );
  assert.deepEqual([...curve.steps], [0, 1, 2, 5, 9]);
  assert.deepEqual([...curve.values], [1, 2, Number.NaN, 1, 4]);
});
