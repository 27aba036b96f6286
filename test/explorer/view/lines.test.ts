import assert from "node:assert/strict";
import { test } from "node:test";
import { createCurves } from "../../../src/analysis/run-curves.js";
import type { IndexColumn } from "../../../src/explorer/model.js";
import { createLines, type OpenItem } from "../../../src/explorer/view/lines.js";

const style = { light: "#000000", dark: "#ffffff", dash: [] };
const cce: IndexColumn = { name: "cce_loss", group: "loss", label: "cce", ...style };
const accuracy: IndexColumn = { name: "accuracy", group: "measure", label: "accuracy", ...style };
const raw = { smoothing: { norms: 1, losses: 1 }, showsRuns: false, colorsItems: false };

const item = (...runs: readonly (readonly number[])[]): OpenItem => ({
  id: "x",
  label: "x",
  style: { ...style, light: "#ff0000" },
  trainedLoss: "cce",
  runs: runs.map((values, repetition) => ({
    repetition,
    curves: createCurves(
      {
        steps: Float64Array.from(values.keys()),
        values: new Map([
          ["cce_loss", Float32Array.from(values)],
          ["accuracy", Float32Array.from(values, (_, i) => (i % 2 === 0 ? i / 8 : Number.NaN))],
        ]),
      },
      1,
    ),
  })),
});

test("Several runs have their median as line and their extremes as band", () => {
  const { steps, lines } = createLines([item([1, 5], [3, 4], [2, 9])], "loss", [cce], raw);
  assert.deepEqual(steps, [0, 1]);
  const [{ values, band } = assert.fail()] = lines;
  assert.deepEqual([...(values as Float64Array)], [2, 5]);
  assert.deepEqual(
    [band?.low, band?.high].map((end) => [...(end as Float64Array)]),
    [
      [1, 4],
      [3, 9],
    ],
  );
});

test("With a line for each run there are no bands, and each line knows its run", () => {
  const { lines } = createLines([item([1, 5], [3, 4])], "loss", [cce], { ...raw, showsRuns: true });
  assert.deepEqual(
    lines.map(({ repetition, band }) => [repetition, band]),
    [
      [0, undefined],
      [1, undefined],
    ],
  );
});

test("A run that is shorter than another has NaN at the steps that it lacks", () => {
  const { steps, lines } = createLines([item([1, 2, 3]), item([7])], "loss", [cce], raw);
  assert.deepEqual(steps, [0, 1, 2]);
  assert.deepEqual(Array.from(lines[1]?.values ?? []), [7, Number.NaN, Number.NaN]);
});

test("Items that share a chart differ by dashes, or by color where all lines are of one column", () => {
  const [one, two] = createLines([item([1]), item([2])], "loss", [cce], raw).lines;
  assert.deepEqual([one?.style.dash, two?.style.dash], [[], [7, 4]]);
  const colored = createLines([item([1]), item([2])], "loss", [cce], { ...raw, colorsItems: true }).lines;
  assert.deepEqual(
    colored.map((line) => [line.style.light, line.style.dash]),
    [
      ["#ff0000", []],
      ["#ff0000", []],
    ],
  );
});

test("Measures stand at the steps where they were measured", () => {
  const { steps, lines } = createLines([item([1, 1, 1, 1, 1])], "measure", [accuracy], raw);
  assert.deepEqual(steps, [0, 2, 4]);
  assert.deepEqual(Array.from(lines[0]?.values ?? []), [0, 0.25, 0.5]);
});
