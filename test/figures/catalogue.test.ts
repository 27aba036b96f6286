import assert from "node:assert/strict";
import { test } from "node:test";
import { type RunSummary, studySmoothing } from "../../src/analysis/run-summary.js";
import { listFigures } from "../../src/figures/catalogue.js";
import { standardFigures } from "../../src/figures/options.js";
import { createRunSummary, createStudySummaries } from "../helpers/run-summaries.js";

const figuresOf = (runs: readonly RunSummary[]) =>
  listFigures(runs, { ...standardFigures, smoothing: studySmoothing });
const names = (runs: readonly RunSummary[], kind?: string) =>
  figuresOf(runs)
    .filter((figure) => kind === undefined || figure.kind === kind)
    .map(({ name }) => name);

test("listFigures returns a figure for each optimizer, batch norm, threshold and repetition of the study, and its summaries", () => {
  const runs = createStudySummaries(() => ({}));
  const own = figuresOf(runs).filter(({ kind }) => kind === "runs");
  assert.equal(own.length, 2 * 2 * 3 * 3);
  assert.equal(own[1]?.name, "adam-nobn-t0.05-run-1");
  assert.equal(own[1]?.title, "95 % foreground, Adam, no batch norm, run 1");
  assert.deepEqual(
    names(runs).filter((name) => !/run-\d|median/.test(name)),
    [
      "accuracy",
      "learning",
      "accuracy-against-threshold",
      "norms-against-threshold",
      "effects-of-optimizer",
      "effects-of-batch-norm",
      "effects-of-threshold",
      "effects-of-trained-loss",
    ],
  );
});

test("listFigures returns the median of each setting's repetitions, with all of their runs", () => {
  const medians = figuresOf(createStudySummaries(() => ({}))).filter(({ kind }) => kind === "median");
  assert.equal(medians.length, 2 * 2 * 3);
  assert.equal(medians[0]?.name, "adam-nobn-t0.05-median");
  assert.equal(medians[0]?.title, "95 % foreground, Adam, no batch norm, median of 3 runs");
  assert.equal(medians[0]?.runs.length, 9);
  assert.deepEqual(
    names([createRunSummary(), createRunSummary({ keys: { threshold: "0.05" } })], "median"),
    [],
  );
});

test("no figure is wider than 17 cm with texts of 7 points, whatever its title", () => {
  const runs = createStudySummaries(() => ({})).map((run) => ({
    ...run,
    keys: new Map([...run.keys, ["a_parameter_with_a_name_that_is_longer_than_usual", "0.123456789"]]),
  }));
  for (const figure of figuresOf(runs)) {
    const { width, svg } = figure.draw();
    assert.ok(width <= (12 * 17 * 72) / (7 * 2.54), `${figure.name}: ${width}`);
    assert.match(svg, /font-size="12"/);
  }
});

test("listFigures returns summaries of any axis that varies", () => {
  const runs = ["2", "4", "8"].flatMap((batch_size) =>
    ["raw", "inverted"].flatMap((input) =>
      [0, 1].map((run) => createRunSummary({ keys: { batch_size, input }, run })),
    ),
  );
  assert.deepEqual(names(runs, "norms"), ["norms-against-batch-size"]);
  assert.deepEqual(names(runs, "effects"), ["effects-of-batch-size", "effects-of-input"]);
  // Without a varying loss the last axis makes the columns.
  assert.equal(names(runs, "runs")[0], "adam-nobn-t0.5-cce-batch-size2-run-0");
  assert.match(figuresOf(runs)[0]?.title ?? "", /: 50 % foreground, Adam, no batch norm, trained on cce$/);
});

test("listFigures returns one figure of runs and no summary for a single run", () => {
  assert.deepEqual(names([createRunSummary({ run: 4 })]), ["adam-nobn-t0.5-run-4"]);
});

test("listFigures returns a figure of the layers' norms where they were recorded", () => {
  const columns = { cce_grad_norm_conv1: 0.5, cce_grad_norm_head: 0.25 };
  const runs = ["0.05", "0.95"].map((threshold) => createRunSummary({ keys: { threshold }, columns }));
  assert.deepEqual(names(runs, "layers"), ["layers"]);
  assert.deepEqual(names([createRunSummary(), createRunSummary({ run: 1 })], "layers"), []);
});

test("every kind of figure is a valid SVG, also of missing runs and of runs that hold NaN", () => {
  const runs = createStudySummaries((keys, run) => ({
    columns: {
      cce_grad_norm_conv1: 0.5,
      cce_loss: run === 1 ? Number.NaN : 0.5,
      dice_grad_norm: keys.optimizer === "sgd" ? 0 : Number.POSITIVE_INFINITY,
    },
    accuracy: run === 2 ? Number.NaN : 0.5,
    steps: 251,
  })).filter(({ run, keys }) => !(run === 0 && keys.get("trained_loss") === "dice"));
  for (const figure of figuresOf(runs)) {
    const { svg, width, height } = figure.draw();
    assert.match(
      svg,
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 [\d.]+ [\d.]+"/,
      figure.name,
    );
    assert.ok(width > 0 && height > 0 && Number.isFinite(width * height), figure.name);
    assert.equal(svg.match(/<svg /g)?.length, svg.match(/<\/svg>/g)?.length, figure.name);
    assert.doesNotMatch(svg, /(?:[" ,(LM])(?:NaN|Infinity|undefined)[" ,)L]/, figure.name);
    assert.ok(svg.includes(`<title>${figure.title}</title>`), figure.name);
  }
});

test("a loss has the same color in every figure", () => {
  const runs = createStudySummaries(() => ({}));
  const green = /stroke="#009E73"/;
  const withoutDicefg = runs.filter(
    ({ keys }) => keys.get("trained_loss") !== "dicefg" && keys.get("threshold") === "0.5",
  );
  for (const figure of figuresOf(withoutDicefg).filter(({ kind }) => kind === "learning")) {
    assert.doesNotMatch(figure.draw().svg, green);
  }
  for (const figure of figuresOf(runs)
    .filter(({ kind }) => kind === "learning" || kind === "runs")
    .slice(0, 3)) {
    assert.match(figure.draw().svg, green, figure.name);
  }
});
