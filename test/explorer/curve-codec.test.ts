import assert from "node:assert/strict";
import { test } from "node:test";
import { createCurves } from "../../src/analysis/run-curves.js";
import { decodeCurves, encodeCurves } from "../../src/explorer/curve-codec.js";

const steps = Float64Array.from([0, 1, 2, 3, 4, 5, 6]);
const table = {
  steps,
  values: new Map([
    ["cce_loss", Float32Array.from([4, 2, 6, 1, Number.NaN, 3, 5])],
    ["accuracy", Float32Array.from([0.5, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0.75, Number.NaN])],
  ]),
};

for (const width of [1, 3]) {
  test(`Curves of intervals of ${width} are the same after encoding and decoding`, () => {
    const curves = createCurves(table, width);
    assert.deepEqual(decodeCurves(encodeCurves(curves)), curves);
  });
}

test("Rounded curves keep means within 0.1 %, extremes within 2 %, zero, signs and NaN", () => {
  const values = [0, 1e-30, 3e-7, 0.123, -0.4, 4.5, 3e4, 1e38, Number.NaN, 2, 2, 0];
  const mean = Float32Array.from(values);
  const low = mean.map((value) => value - Math.abs(value) * 0.7);
  const high = mean.map((value) => value + Math.abs(value) * 0.9);
  const curves = { ...createCurves(table, 3), steps: Float64Array.from(mean.keys()) };
  const column = { mean, low, high };
  const decoded = decodeCurves(
    encodeCurves({ ...curves, columns: new Map([["cce_loss", column]]) }, "rounded"),
  );
  const rounded = decoded.columns.get("cce_loss") ?? assert.fail();
  for (const [name, tolerance] of [
    ["mean", 0.001],
    ["low", 0.02],
    ["high", 0.02],
  ] as const) {
    for (const [i, expected] of column[name].entries()) {
      const value = rounded[name][i] ?? assert.fail();
      const isNear = Math.abs(value - expected) <= tolerance * Math.abs(expected) + 1e-12;
      assert.ok(isNear || (Number.isNaN(value) && Number.isNaN(expected)), `${name} ${expected}: ${value}`);
    }
  }
  assert.deepEqual(decoded.measures, curves.measures);
});
