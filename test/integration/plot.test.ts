import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plotCommand } from "../../src/commands/plot.js";
import { SeglossError } from "../../src/errors.js";
import { seglossSync } from "../helpers/program.js";
import { runCsv, type SyntheticSweep, writeSweep } from "../helpers/synthetic-sweep.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const small: SyntheticSweep = {
  axes: {
    optimizer: ["adam"],
    batch_norm: ["false"],
    threshold: ["0.05", "0.95"],
    trained_loss: ["cce", "dice"],
  },
  monitor: ["cce", "dice"],
  runs: 2,
  steps: 501,
};
/** Runs `segloss plot --quiet` in this process. */
const plot = (...args: readonly string[]) => plotCommand().parseAsync([...args, "--quiet"], { from: "user" });

const keys = { optimizer: "adam", batch_norm: "false", threshold: "0.5", trained_loss: "cce" };

test("plot writes a sweep's figures as SVG into its folder and nothing to stdout", () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  const { code, out, err } = seglossSync(["plot", folder]);
  assert.deepEqual([code, out], [0, ""], err);
  const files = readdirSync(join(folder, "figures")).toSorted();
  assert.ok(files.includes("accuracy.svg") && files.includes("adam-nobn-t0.95-run-1.svg"), files.join());
  assert.match(err, new RegExp(`^${files.length} figures in .*figures\n$`));
  // The figures of the first time are not taken for runs.
  assert.equal(seglossSync(["plot", folder, "--quiet"]).err, "");
});

test("plot draws the finished runs of a sweep that is still running", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, { ...small, missing: (cell, run) => cell.threshold === "0.95" || run === 1 });
  writeFileSync(join(folder, "adam-nobn-t0.05-cce", "run-1.csv.partial"), "half a ro");
  await plot(folder);
  assert.ok(existsSync(join(folder, "figures", "adam-nobn-t0.05-run-0.svg")));
  assert.ok(!existsSync(join(folder, "figures", "adam-nobn-t0.05-run-1.svg")));
});

test("plot --only leaves the figures of the whole sweep alone and names its own by the filter", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  await plot(folder);
  const figures = join(folder, "figures");
  const complete = readFileSync(join(figures, "accuracy.svg"), "utf8");
  const before = readdirSync(figures);
  await plot(folder, "--only", "loss=dice,threshold!=0.95");
  assert.equal(readFileSync(join(figures, "accuracy.svg"), "utf8"), complete);
  const added = readdirSync(figures).filter((name) => !before.includes(name));
  assert.ok(added.includes("accuracy-only-loss-dice-threshold-not-0.95.svg"), added.join());
  // The trained losses side by side are fewer, so this is another figure too.
  assert.ok(added.includes("adam-nobn-t0.05-run-0-only-loss-dice-threshold-not-0.95.svg"), added.join());
});

test("plot --only keeps the name of a figure that shows the same runs without the filter", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  await plot(folder, "--only", "run=1", "--figure", "runs");
  assert.deepEqual(readdirSync(join(folder, "figures")).toSorted(), [
    "adam-nobn-t0.05-run-1.svg",
    "adam-nobn-t0.95-run-1.svg",
  ]);
});

test("plot writes PNGs of twice the figure's size", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  const file = join(folder, "a.png");
  await plot(folder, "--figure", "accuracy", "-o", file);
  const png = readFileSync(file);
  assert.equal(png.toString("latin1", 1, 4), "PNG");
  await plot(folder, "--figure", "accuracy");
  const svg = readFileSync(join(folder, "figures", "accuracy.svg"), "utf8");
  assert.equal(png.readUInt32BE(16), 2 * Number(/ width="(\d+)"/.exec(svg)?.[1]));
});

test("plot --width and --font-size set the printed size of a figure and of its texts", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  await plot(folder, "--width", "8.5", "--font-size", "8");
  const figures = join(folder, "figures");
  for (const name of readdirSync(figures)) {
    const svg = readFileSync(join(figures, name), "utf8");
    const [, px, cm] = /^<svg [^>]*viewBox="0 0 (\d+) \d+" width="([\d.]+)cm"/.exec(svg) ?? [];
    assert.equal(cm, "8.5", name);
    const points = ((12 * Number(cm)) / Number(px) / 2.54) * 72;
    assert.ok(Math.abs(points - 8) < 0.02, `${name}: ${points}`);
  }
});

test("plot writes PNGs of a printed width with 300 dpi", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  const file = join(folder, "a.png");
  await plot(folder, "--figure", "accuracy", "--width", "17", "-o", file);
  assert.equal(readFileSync(file).readUInt32BE(16), Math.round((17 / 2.54) * 300));
});

test("plot writes PDFs in the printed size, with the same bytes every time", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  const files = ["a.pdf", "b.pdf"].map((name) => join(folder, name));
  for (const file of files) {
    await plot(folder, "--figure", "learning", "--width", "8.5", "-o", file);
  }
  const [first, second] = files.map((file) => readFileSync(file));
  assert.deepEqual(first, second);
  const text = first?.toString("latin1") ?? "";
  assert.match(text, /^%PDF-/);
  const [, width] = /\/MediaBox \[0 0 ([\d.]+) [\d.]+\]/.exec(text) ?? [];
  assert.ok(Math.abs(Number(width) - (8.5 / 2.54) * 72) < 0.1, width);
});

test("plot --no-title --no-legend leaves both out of the picture and keeps the title for screen readers", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  await plot(folder, "--figure", "accuracy", "--no-title", "--no-legend");
  const svg = readFileSync(join(folder, "figures", "accuracy.svg"), "utf8");
  assert.match(svg, /<title>Accuracy at the end of every run/);
  assert.doesNotMatch(svg, /font-weight="600">Accuracy|converged, 0\.99/);
});

test("plot draws a CSV from stdin into a file or to stdout", () => {
  const folder = createTemporaryFolder("plot");
  const csv = runCsv(keys, 0, small);
  const file = join(folder, "x.svg");
  assert.equal(seglossSync(["plot", "-", "-o", file], csv).code, 0);
  assert.match(readFileSync(file, "utf8"), /<title>50 % foreground, Adam, no batch norm, run 0<\/title>/);
  assert.equal(seglossSync(["plot", "-"], csv).out, readFileSync(file, "utf8"));
});

test("a figure has the same bytes whether it is drawn alone or with others", async () => {
  const folder = createTemporaryFolder("plot");
  writeSweep(folder, small);
  await plot(folder);
  const among = readFileSync(join(folder, "figures", "adam-nobn-t0.95-run-1.svg"), "utf8");
  const alone = seglossSync([
    "plot",
    folder,
    "--only",
    "threshold=0.95,run=1",
    "--figure",
    "runs",
    "-o",
    "-",
  ]);
  assert.equal(alone.out, among);
});

for (const [what, args, message] of [
  ["a folder without runs", ["test"], /test: no finished run/],
  ["a file that is not there", ["nowhere.csv"], /nowhere\.csv: it or its folder does not exist/],
  ["an even average", ["-", "--smooth", "10"], /--smooth: got "10"; allowed: one or two odd numbers/],
  ["a misspelled kind of figure", ["-", "--figure", "acuracy"], /did you mean "accuracy"\?/],
  ["a limit of 0", ["-", "--norm-max", "0"], /--norm-max: got 0; allowed: a number above 0/],
  [
    "a format that is not written",
    ["-", "-o", "a.jpg"],
    /-o a\.jpg: figures are not written as jpg; formats: svg, png, pdf/,
  ],
  [
    "a file name that contradicts the format",
    ["-", "-o", "a.png", "--format", "svg"],
    /a\.png and --format svg contradict/,
  ],
] as const) {
  test(`plot refuses ${what} with one message and exit code 2`, async () => {
    const isExpected = (error: unknown) =>
      error instanceof SeglossError && error.exitCode === 2 && message.test(error.message);
    await assert.rejects(plotCommand().parseAsync(args, { from: "user" }), isExpected);
  });
}

test("plot names a file that is not a CSV of a run, and two files that hold the same run", () => {
  const folder = createTemporaryFolder("plot");
  const csv = runCsv(keys, 0, small);
  assert.match(seglossSync(["plot", "-"], "a,b\n1,2\n").err, /the standard input is not a CSV of a run/);
  assert.match(seglossSync(["plot", "-"], "").err, /the standard input is empty/);
  const files = ["a.csv", "b.csv"].map((name) => join(folder, name));
  for (const file of files) {
    writeFileSync(file, csv);
  }
  assert.match(seglossSync(["plot", ...files]).err, /a\.csv and .*b\.csv hold the same run/);
});

test("plot --only names a key or value that no run has, with those that there are", () => {
  const { code, err } = seglossSync(["plot", "-", "--only", "los=cce,loss=dic"], runCsv(keys, 0, small));
  assert.equal(code, 2);
  assert.match(err, /the key "los"; allowed: optimizer, batch_norm, threshold, trained_loss, run/);
  assert.match(err, /trained_loss: got "dic"; allowed: cce, as in the CSVs/);
});
