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

test("a figure of three runs with 10,001 steps and five losses takes less than 200 kB", () => {
  const sweep = fullSweep(10_001);
  const runs = ["cce", "dice", "dicefg"].map((trained_loss) => {
    const keys = { optimizer: "sgd", batch_norm: "false", threshold: "0.5", trained_loss };
    const [table] = parseRunTables(Buffer.from(runCsv(keys, 0, sweep)), "x");
    assert.ok(table);
    return summarizeRun(table, { path: "x" }, studySmoothing);
  });
  assert.ok(draw(runs).length < 200_000);
});

test("the axis of norms ends at the limit, or without one above the highest norm", () => {
  const high = createRunSummary({ columns: { cce_grad_norm: 9 } });
  const ticks = (svg: string) => [...svg.matchAll(/>(\d+)<\/text>/g)].map(([, text]) => Number(text));
  assert.equal(Math.max(...ticks(draw([high])).filter((tick) => tick < 100)), 4);
  assert.ok(ticks(draw([high], { norm: undefined, loss: undefined })).includes(8));
});

test("the right-hand axis shows accuracy from .9 up, and a note names a best accuracy below it", () => {
  const svg = draw([createRunSummary({ accuracy: 0.98 }), createRunSummary({ accuracy: 0.5 })]);
  for (const tick of ["0.90", "0.92", "0.94", "0.96", "0.98", "1.00"]) {
    assert.ok(svg.includes(`>${tick}</text>`), tick);
  }
  assert.match(svg, /accuracy below 0\.9, at best 0\.500/);
});

test("a missing run leaves its facets with a note, and so does a run that holds NaN", () => {
  const broken = Array.from({ length: 501 }, (_, i) => (i < 300 ? 0.5 : Number.NaN));
  const svg = draw([createRunSummary({ columns: { cce_loss: broken } }), undefined]);
  assert.equal(svg.match(/no finished run/g)?.length, 2);
  assert.match(svg, /NaN from step 300/);
});

test("the title is escaped for markup", () => {
  assert.match(draw([createRunSummary()]), /<title>A &amp; B<\/title>/);
});

test("values far outside the axes do not stop the PNG from being rendered", () => {
  const far = createRunSummary({ accuracy: 0.15, columns: { cce_loss: 1e6, cce_grad_norm: 1e30 } });
  const png = renderPng(
    runCurvesChart(figure([createRunSummary(), far, far]), "A", {
      limits: studyLimits,
      smoothing: studySmoothing,
    }),
  );
  assert.equal(png.toString("latin1", 1, 4), "PNG");
});

test("lines and legend entries of 40 losses are pairwise distinct", () => {
  const names = Array.from({ length: 40 }, (_, i) => `loss${i}`);
  const columns = Object.fromEntries(names.map((name, i) => [`${name}_loss`, i / 40]));
  const svg = draw([createRunSummary({ columns })]);
  const looks = (width: string) =>
    [...svg.matchAll(/<g [^>]*stroke="(#[0-9A-F]{6})"[^>]*>/g)]
      .filter(([markup]) => markup.includes(`stroke-width="${width}"`))
      .map(([markup, color]) => `${color} ${/stroke-dasharray="([^"]+)"/.exec(markup)?.[1]}`);
  const drawn = looks("1.1");
  const listed = looks("2");
  assert.equal(new Set(drawn).size, 40 + 3);
  assert.deepEqual(new Set(drawn), new Set(listed));
  for (const name of names) {
    assert.ok(svg.includes(`>${name}</text>`), name);
  }
});

test("the legend names a loss by its title beside its name", () => {
  const svg = draw([createRunSummary()]);
  for (const text of ["cce (cross entropy)", "dice", "dicefg (foreground Dice)"]) {
    assert.ok(svg.includes(`>${text}</text>`), text);
  }
});
