import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRunTables } from "../../../src/analysis/input/run-table.js";
import { type RunSummary, studySmoothing, summarizeRun } from "../../../src/analysis/run-summary.js";
import { type CurveColumns, facetCurves } from "../../../src/figures/charts/curve-data.js";
import { runCurvesChart } from "../../../src/figures/charts/run-curves.js";
import { type FigureOptions, standardFigures } from "../../../src/figures/options.js";
import { renderPng } from "../../../src/figures/svg/raster.js";
import { createRunSummary } from "../../helpers/run-summaries.js";
import { fullSweep, runCsv } from "../../helpers/synthetic-sweep.js";

type Runs = readonly (RunSummary | undefined)[];

const options: FigureOptions = { ...standardFigures, smoothing: studySmoothing };
const columnsOf = (runs: Runs): CurveColumns => ({
  key: "trained_loss",
  columns: runs.map((run, i) => ({
    value: ["cce", "dice", "dicefg"][i] ?? "",
    runs: run === undefined ? [] : [run],
  })),
});
const draw = (runs: Runs, changes: Partial<FigureOptions> = {}) =>
  runCurvesChart(columnsOf(runs), "A & B", { ...options, ...changes }).svg;

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
  assert.ok(!ticks(draw([high])).includes(8));
  assert.ok(ticks(draw([high], { limits: { norm: undefined, loss: undefined } })).includes(8));
});

test("the right-hand axis shows accuracy from .9 up, and a note names a best accuracy below it", () => {
  const svg = draw([createRunSummary({ accuracy: 0.98 }), createRunSummary({ accuracy: 0.5 })]);
  for (const tick of ["0.90", "0.92", "0.94", "0.96", "0.98", "1.00"]) {
    assert.ok(svg.includes(`>${tick}</text>`), tick);
  }
  assert.match(svg, /accuracy &lt; 0\.9,.*at best 0\.500/);
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
  const png = renderPng(runCurvesChart(columnsOf([createRunSummary(), far, far]), "A", options));
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
  const drawn = [...looks("0.9"), ...looks("1.5")];
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

test("a peak above the axis is labeled with its value", () => {
  const peak = createRunSummary({ columns: { cce_loss: 3.25, dice_loss: 0.5 } });
  assert.match(draw([peak]), />3\.25<\/text>/);
  assert.doesNotMatch(draw([peak], { limits: { norm: 4, loss: 4 } }), />3\.25<\/text>/);
});

test("the trained loss is drawn thicker than the others, which the legend names", () => {
  const svg = draw([createRunSummary({ keys: { trained_loss: "dice" } })]);
  assert.match(svg, /stroke-width="2\.4" stroke="#D55E00"/);
  assert.match(svg, /stroke-width="1\.3" stroke="#0072B2"/);
  assert.ok(svg.includes(">the trained loss</text>"));
});

test("the legend names only what is drawn", () => {
  assert.ok(draw([createRunSummary({ accuracy: 0.95 })]).includes(">accuracy (right-hand axis)</text>"));
  assert.ok(!draw([createRunSummary({ accuracy: 0.5 })]).includes(">accuracy (right-hand axis)</text>"));
});

test("logarithmic axes have ticks at powers of ten and leave out zeros", () => {
  const small = createRunSummary({ columns: { cce_loss: 1e-3, dice_loss: 1e-5, dicefg_loss: 0 } });
  const svg = draw([small], { log: true, limits: { norm: undefined, loss: undefined } });
  for (const tick of ["1e-5", "1e-4", "0.001"]) {
    assert.ok(svg.includes(`>${tick}</text>`), tick);
  }
  assert.doesNotMatch(svg, /NaN|Infinity/);
});

test("several runs of a column are drawn as their median and their range", () => {
  const runs = [0.2, 0.3, 0.6].map((loss, run) => createRunSummary({ run, columns: { cce_loss: loss } }));
  const content = { key: "trained_loss", columns: [{ value: "cce", runs }] };
  const { svg } = runCurvesChart(content, "A", options);
  assert.ok(svg.includes(">lowest to highest of 3 runs, line: median</text>"));
  const curves = facetCurves(content, "loss", 200);
  assert.deepEqual(curves.find(({ loss }) => loss === "cce")?.points.at(-1), {
    step: 500,
    y: Math.fround(0.3),
    low: Math.fround(0.2),
    high: Math.fround(0.6),
  });
});

test("columns that do not fit side by side continue below", () => {
  const values = Array.from({ length: 9 }, (_, i) => `loss${i}`);
  const content = {
    key: "trained_loss",
    columns: values.map((value) => ({ value, runs: [createRunSummary({ keys: { trained_loss: value } })] })),
  };
  const { svg, width, height } = runCurvesChart(content, "A", options);
  assert.ok(width <= standardFigures.chart.width && height > 900, `${width} x ${height}`);
  for (const value of values) {
    assert.match(svg, new RegExp(`trained on ${value}|>${value}<`));
  }
});

test("a curve has no more points than its facet can show, and keeps its peaks", () => {
  const values = Array.from({ length: 2001 }, (_, i) => (i === 1234 ? 0.9 : 0.2 + 0.1 * Math.sin(i)));
  const run = createRunSummary({ columns: { cce_loss: values }, steps: 2001 });
  const content = { key: "trained_loss", columns: [{ value: "cce", runs: [run] }] };
  const [curve] = facetCurves(content, "loss", 40);
  const raw = run.columns.get("cce_loss")?.curve.values ?? assert.fail();
  assert.ok(curve !== undefined && curve.points.length <= 2 * 51, String(curve?.points.length));
  assert.equal(Math.max(...curve.points.map(({ y }) => y)), Math.max(...raw));
});
