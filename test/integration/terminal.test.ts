import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../helpers/configs.js";
import { noTerminal, onTerminal, screenOf } from "../helpers/pseudo-terminal.js";

/** A program that shows the progress of a sweep without training. */
const program = `
const { openRunProgress } = await import(${JSON.stringify(new URL("../../dist/terminal/run-progress.js", import.meta.url).href)});
const display = openRunProgress({ steps: 1000, runs: 4, quiet: false, progress: true, dataOnStdout: process.argv[1] === "data" });
display.print("2 cells, 4 runs");
display.addResumedSteps(100);
for (let run = 0; run < 4; run++) {
  for (let part = 0; part < 3; part++) {
    display.addSteps(75);
    await new Promise((resolve) => setTimeout(resolve, 90));
  }
  if (run === 1) display.print("failed: a-cell/run-1: no space");
  display.finishRun("done: run-" + run);
}
display.close();
display.close();
process.stderr.write("The end.\\n");
`;
const bar = [process.execPath, "--input-type=module", "--eval", program];
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const lasting = ["2 cells, 4 runs", "failed: a-cell/run-1: no space", "The end.", ""];
const plain = [
  "2 cells, 4 runs",
  "done: run-0",
  "failed: a-cell/run-1: no space",
  "done: run-1",
  "done: run-2",
  "done: run-3",
  "The end.",
  "",
];

test("The progress bar is below the lines that stay, and is gone at the end", {
  skip: noTerminal,
}, async () => {
  const { code, written } = await onTerminal(bar, root);
  assert.equal(code, 0, written);
  assert.deepEqual(screenOf(written, 80), { lines: lasting, column: 0 });
  const [, during = ""] = written.split("no space");
  assert.match(during, /█+░* +\d+ % {2}2 of 4 runs, [\d,]+ run-steps\/s, 0:0\d left/);
  // Resumed steps do not count for the rate: at most 900 steps in 1.08 s.
  for (const [, rate = ""] of written.matchAll(/([\d,]+) run-steps/g)) {
    assert.ok(Number(rate.replace(",", "")) < 2000, rate);
  }
});

test("The progress bar switches nothing off that would stay off if the program were killed", {
  skip: noTerminal,
}, async () => {
  const { written } = await onTerminal(bar, root);
  assert.ok(!written.includes("\u001B[?") && !written.includes("\u001B7"));
});

test("The progress bar fits a narrow terminal, and one that becomes narrow", {
  skip: noTerminal,
}, async () => {
  const { written } = await onTerminal(bar, root, 30);
  assert.deepEqual(screenOf(written, 30).lines, lasting);
  const resized = await onTerminal(bar, root, 80, [{ when: "no space", columns: 24 }]);
  const after = resized.written.split("no space")[1] ?? "";
  const drawn = after
    .split("\u001B[1G")
    .slice(3)
    .map((text) => text.split("\u001B")[0] ?? "");
  assert.ok(drawn.length > 0 && drawn.every((text) => text.length < 24), JSON.stringify(drawn));
});

test("Progress is one line per run on a dumb terminal, and where data or a pager uses the screen", {
  skip: noTerminal,
}, async () => {
  const dumb = await onTerminal(bar, root, 80, [], { TERM: "dumb" });
  assert.deepEqual(dumb.written.split("\r\n"), plain);
  const data = await onTerminal([...bar, "data"], root);
  assert.deepEqual(data.written.split("\r\n"), plain);
  const pager = await onTerminal(["sh", "-c", '"$@" | cat', "sh", ...bar], root);
  assert.deepEqual(pager.written.split("\r\n"), plain);
});

test("Progress has no control sequences when stderr is not a terminal, even with FORCE_COLOR", {
  skip: noTerminal,
}, () => {
  const [file = "", ...words] = bar;
  const { stderr } = spawnSync(file, words, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: "1" },
  });
  assert.deepEqual(stderr.split("\n"), plain);
});

const home = temporaryFolder();
const config = {
  loss: ["cce", "dice"],
  runs: 1,
  steps: 1_000_000,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
const words = ["sweep", "c.json", "--out", "out", "--device", "cpu", "--jobs", "1"];
const training = "[1-9][0-9,]* run-steps";
before(() => writeFileSync(join(home, "c.json"), JSON.stringify(config)));

test("A sweep that Ctrl-C interrupts removes its bar, prints how to resume, and ends with 130", {
  skip: noTerminal,
}, async () => {
  const command = [process.execPath, cli, ...words];
  const acts = [{ when: training, wait: 0.5, send: "\u0003" }];
  const { code, written } = await onTerminal(command, home, 100, acts);
  assert.equal(code, 130, written);
  const { lines, column } = screenOf(written, 100);
  assert.deepEqual([lines[0], column], ["2 cells, 2 runs: on the CPU with 1 worker, into out", 0]);
  const said = lines.slice(1).join("");
  assert.match(
    said,
    /^(\^C)?Interrupted: 0 of 2 runs done, \d+ % of the steps are kept\. To resume: node .*cli\.js sweep c\.json --out out --device cpu --jobs 1$/,
  );
});

test("A sweep whose terminal closes leaves checkpoints and no lock, and ends by SIGHUP", {
  skip: noTerminal,
}, async () => {
  const acts = [{ when: training, wait: 0.5, close: true as const }];
  const { code } = await onTerminal([process.execPath, cli, ...words], home, 100, acts);
  assert.equal(code, -1);
  assert.deepEqual(readdirSync(join(home, "out")).toSorted(), [
    "adam-nobn-t0.5-cce",
    "adam-nobn-t0.5-dice",
    "sweep.json",
  ]);
  assert.ok(existsSync(join(home, "out/adam-nobn-t0.5-cce/run-0.checkpoint")));
});
