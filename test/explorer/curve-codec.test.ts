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
