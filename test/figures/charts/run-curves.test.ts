import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRunTables } from "../../../src/analysis/input/run-table.js";
import { studySmoothing, summarizeRun } from "../../../src/analysis/run-summary.js";
import { runCurvesChart } from "../../../src/figures/charts/run-curves.js";
import { studyLimits } from "../../../src/figures/options.js";
import { renderPng } from "../../../src/figures/svg/raster.js";
import { createRunSummary } from "../../helpers/run-summaries.js";
import { fullSweep, runCsv } from "../../helpers/synthetic-sweep.js";

const figure = (runs: readonly (ReturnType<typeof createRunSummary> | undefined)[]) => ({
  key: "trained_loss",
  columns: runs.map((run, i) => ({ value: ["cce", "dice", "dicefg"][i] ?? "", run })),
});
const draw = (runs: Parameters<typeof figure>[0], limits = studyLimits) =>
  runCurvesChart(figure(runs), "A & B", { limits, smoothing: studySmoothing }).svg;

test("a figure of 10,001 steps and five losses stays well under 300 kB", () => {
  const sweep = fullSweep(10_001);
  const runs = ["cce", "dice", "dicefg"].map((trained_loss) => {
    const keys = { optimizer: "sgd", batch_norm: "false", threshold: "0.5", trained_loss };
    const [table] = parseRunTables(Buffer.from(runCsv(keys, 0, sweep)), "x");
    assert.ok(table);
    return summarizeRun(table, "x", studySmoothing);
  });
  assert.ok(draw(runs).length < 200_000);
});

test("the study's limits are those of the axes unless they are freed", () => {
  const high = createRunSummary({ columns: { cce_grad_norm: 9 } });
  const ticks = (svg: string) => [...svg.matchAll(/>(\d+)<\/text>/g)].map(([, text]) => Number(text));
  assert.ok(Math.max(...ticks(draw([high])).filter((tick) => tick < 100)) === 4);
  assert.ok(ticks(draw([high], { norm: undefined, loss: undefined })).includes(8));
});

test("accuracy stands on the right-hand axis from .9 up, and what lies below is said in words", () => {
  const svg = draw([createRunSummary({ accuracy: 0.98 }), createRunSummary({ accuracy: 0.5 })]);
  for (const tick of ["0.90", "0.92", "0.94", "0.96", "0.98", "1.00"]) {
    assert.ok(svg.includes(`>${tick}</text>`), tick);
  }
  assert.match(svg, /accuracy below 0\.9, at best 0\.500/);
});

test("a run that is missing has its panels all the same, and one that breaks says where", () => {
  const broken = Array.from({ length: 501 }, (_, i) => (i < 300 ? 0.5 : Number.NaN));
  const svg = draw([createRunSummary({ columns: { cce_loss: broken } }), undefined]);
  assert.equal(svg.match(/no finished run/g)?.length, 2);
  assert.match(svg, /NaN from step 300/);
});

test("a title is escaped", () => {
  assert.match(draw([createRunSummary()]), /<title>A &amp; B<\/title>/);
});

test("an accuracy far below the axis, a loss and a norm far above theirs can be made PNGs", () => {
  const far = createRunSummary({ accuracy: 0.15, columns: { cce_loss: 1e6, cce_grad_norm: 1e30 } });
  const png = renderPng(
    runCurvesChart(figure([createRunSummary(), far, far]), "A", {
      limits: studyLimits,
      smoothing: studySmoothing,
    }),
  );
  assert.equal(png.toString("latin1", 1, 4), "PNG");
});
