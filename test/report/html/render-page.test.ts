import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type RunSummary, studySmoothing } from "../../../src/analysis/run-summary.js";
import { reportCommand } from "../../../src/commands/report.js";
import { listFigures } from "../../../src/figures/catalogue.js";
import { standardFigures } from "../../../src/figures/options.js";
import { computeReport } from "../../../src/report/data.js";
import { renderPage } from "../../../src/report/html/page.js";
import { createRunSummary, createStudySummaries } from "../../helpers/run-summaries.js";
import { fullSweep, writeSweep } from "../../helpers/synthetic-sweep.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const render = (runs: readonly RunSummary[], only: readonly string[] = []) => {
  const data = computeReport("runs/<mine>", { runs, leftOut: [], planned: undefined });
  const figures = listFigures(runs, { ...standardFigures, smoothing: studySmoothing });
  return [...renderPage(data, only, figures, { path: undefined, summary: undefined })].join("\n");
};

test("The page begins with the name and the origin of the sweep, then its results", () => {
  const page = render(createStudySummaries(() => ({ steps: 10 })));
  const order = [
    "<h1>runs/&lt;mine&gt;</h1>",
    "<dt>Origin</dt>",
    '<section id="cells"',
    '<section id="runs"',
  ];
  const places = order.map((markup) => page.indexOf(markup));
  assert.ok(
    places.every((place) => place > 0),
    places.join(),
  );
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test("The page names the filter of --only", () => {
  assert.match(
    render([createRunSummary({ steps: 10 })], ["loss=cce", "run<2"]),
    /<dt>Only<\/dt><dd>loss=cce,run&lt;2<\/dd>/,
  );
  assert.doesNotMatch(render([createRunSummary({ steps: 10 })]), /<dt>Only<\/dt>/);
});

test("A CSV that does not exist is named without a link", () => {
  const source = join(createTemporaryFolder("page"), "run-0.csv");
  const run = { ...createRunSummary({ steps: 10 }), source };
  assert.match(render([run]), /CSV: [^<]*run-0\.csv</);
  writeFileSync(source, "");
  assert.match(render([run]), /CSV: <a href="[^"]*run-0\.csv">/);
});

test("Report --html --only writes a page of its own, and -o names only HTML files", async () => {
  const folder = createTemporaryFolder("page");
  writeSweep(folder, { ...fullSweep(3, ["cce", "dice"]), runs: 1 });
  const report = (...args: readonly string[]) =>
    reportCommand().parseAsync([folder, "--html", "--quiet", ...args], { from: "user" });
  await report("--only", "optimizer=adam");
  const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
  assert.deepEqual(pages, ["report-only-optimizer-adam.html"]);
  await assert.rejects(
    report("-o", "rep.pdf"),
    /-o rep\.pdf: pages are not written as pdf; formats: html, htm/,
  );
});
