import assert from "node:assert/strict";
import { test } from "node:test";
import { createCurves } from "../../../src/analysis/run-curves.js";
import { joinCurves } from "../../../src/explorer/view/join-curves.js";

const steps = Float64Array.from({ length: 10 }, (_, i) => i);
const values = new Map([
  ["cce_loss", Float32Array.from(steps, (step) => step ** 2)],
  ["accuracy", Float32Array.from(steps, (step) => (step % 4 === 0 ? step / 10 : Number.NaN))],
]);
const part = (from: number, to: number, width: number) =>
  createCurves(
    {
      steps: steps.slice(from, to),
      values: new Map([...values].map(([name, column]) => [name, column.slice(from, to)])),
    },
    width,
  );

for (const width of [1, 3]) {
  test(`Curves of intervals of ${width} that grew are the same as those read at once`, () => {
    // The interval of step 4 was read before it had all of its rows.
    const start = Math.floor(4 / width) * width;
    assert.deepEqual(joinCurves(part(0, 5, width), part(start, 10, width)), part(0, 10, width));
  });
}
