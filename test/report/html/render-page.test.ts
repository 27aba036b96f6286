import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type RunSummary, studySmoothing } from "../../../src/analysis/run-summary.js";
import { reportCommand } from "../../../src/commands/report.js";
import type { SweepIndex } from "../../../src/explorer/model.js";
import { listFigures } from "../../../src/figures/catalogue.js";
import { standardFigures } from "../../../src/figures/options.js";
import { computeReport } from "../../../src/report/data.js";
import { renderPage } from "../../../src/report/html/page.js";
import { createRunSummary, createStudySummaries } from "../../helpers/run-summaries.js";
import { fullSweep, writeSweep } from "../../helpers/synthetic-sweep.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const render = async (runs: readonly RunSummary[], only: readonly string[] = []) => {
  const data = computeReport("runs/<mine>", { runs, leftOut: [], planned: undefined }, only);
  const figures = listFigures(runs, { ...standardFigures, smoothing: studySmoothing });
  const parts: string[] = [];
  for await (const part of renderPage(data, figures, { path: undefined, summary: undefined })) {
    parts.push(part);
  }
  return parts.join("\n");
};

/** Returns the index that a page holds. */
const indexIn = (page: string): SweepIndex => {
  const [, json = "{}"] = /<script type="application\/json" id="source">(.*?)<\/script>/s.exec(page) ?? [];
  return JSON.parse(json).index;
};

test("The page begins with the name and the origin of the sweep, then explorer, results and figures", async () => {
  const page = await render(createStudySummaries(() => ({ steps: 10 })));
  const order = [
    "<h1>runs/&lt;mine&gt;</h1>",
    "<dt>Origin</dt>",
    '<main id="explorer">',
    '<section id="cells"',
    '<section id="figures"',
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

test("The page runs its own script alone, and asks for nothing", async () => {
  const page = await render([createRunSummary({ steps: 10 })]);
  const [, policy = ""] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const [, script = ""] = /<script>(.*?)<\/script>/s.exec(page) ?? [];
  const hash = createHash("sha256").update(script).digest("base64");
  assert.match(policy, /^default-src 'none'; script-src 'sha256-[\w+/=]+'; .*connect-src 'none'/);
  assert.ok(policy.includes(hash));
});

test("The page's index has the findings that can be judged, and no text that ends its element", async () => {
  const runs = createStudySummaries(() => ({ steps: 10 }));
  const { title, findings, cells } = indexIn(await render(runs));
  assert.deepEqual([title, findings.length, cells.length], ["runs/<mine>", 6, 36]);
  const hostile = createRunSummary({ steps: 10, keys: { note: "</script><script>" } });
  const page = await render([hostile]);
  assert.deepEqual(indexIn(page).axes.at(-1)?.values[0]?.text, "</script><script>");
  // The index, the curves of the run, and the page's own script.
  assert.equal(page.match(/<script/g)?.length, 3);
});

test("The page names the filter of --only", async () => {
  assert.match(
    await render([createRunSummary({ steps: 10 })], ["loss=cce", "run<2"]),
    /<dt>Only<\/dt><dd>loss=cce,run&lt;2<\/dd>/,
  );
  assert.doesNotMatch(await render([createRunSummary({ steps: 10 })]), /<dt>Only<\/dt>/);
});

test("A CSV that does not exist is named without a link", async () => {
  const source = join(createTemporaryFolder("page"), "run-0.csv");
  const run = { ...createRunSummary({ steps: 10 }), source };
  const absent = await render([run]);
  assert.match(absent, /CSV: [^<]*run-0\.csv</);
  assert.equal(indexIn(absent).runs[0]?.csv?.href, undefined);
  writeFileSync(source, "");
  const present = await render([run]);
  assert.match(present, /CSV: <a href="[^"]*run-0\.csv">/);
  assert.match(indexIn(present).runs[0]?.csv?.href ?? "", /run-0\.csv$/);
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
