import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readShownSweep, showText } from "../../src/commands/show.js";
import { gridRuns } from "../../src/config/grid.js";
import { SeglossError } from "../../src/errors.js";
import { writeRunRecord } from "../../src/results/run-record.js";
import { createSweepFile } from "../../src/results/sweep/sweep-file.js";
import { openSweepFolder } from "../../src/results/sweep/sweep-folder.js";
import { temporaryFolder } from "../helpers/configs.js";
import { finishRun, smallConfig } from "../helpers/finished-runs.js";

async function grownSweep(): Promise<string> {
  const folder = join(temporaryFolder(), "sweep");
  for (const config of [smallConfig, { ...smallConfig, runs: 3 }]) {
    (await openSweepFolder(folder, config))?.close();
  }
  finishRun(folder, gridRuns(smallConfig)[0] ?? assert.fail());
  return folder;
}

test("show prints the size, the versions, the config and how each finished run is trained again", async () => {
  const folder = await grownSweep();
  const lines = showText(readShownSweep(folder, [])).split("\n");
  assert.equal(lines[0], `${folder}: 2 cells, 6 runs`);
  assert.match(lines[1] ?? "", /^written by segloss .*node v/);
  assert.equal(lines[2], "grown from 4 runs: sweep-1.json");
  assert.ok(lines.includes('  loss ["cce","dice"]') && lines.includes("  runs 3"));
  const at = lines.indexOf("runs: 1 of 6 done");
  assert.match(
    lines[at + 1] ?? "",
    /^ {2}adam-nobn-t0\.5-cce\/run-0: done, 2020-.*, 1\.5 s on cpu \(EPYC\)$/,
  );
  assert.match(lines[at + 2] ?? "", /^ {4}segloss run --optimizer adam .*--device cpu --xla on$/);
  assert.equal(lines[at + 3], "  adam-nobn-t0.5-cce/run-1: to do");
});

test("--only selects the runs that show prints", async () => {
  const folder = await grownSweep();
  const names = readShownSweep(folder, ["loss=dice", "run>0"]).runs.map(({ name }) => name);
  assert.deepEqual(names, ["adam-nobn-t0.5-dice/run-1", "adam-nobn-t0.5-dice/run-2"]);
  assert.throws(() => readShownSweep(folder, ["los=dice"]), /did you mean "loss"/);
});

test("A folder without a sweep is refused", () => {
  assert.throws(
    () => readShownSweep(temporaryFolder(), []),
    (error) =>
      error instanceof SeglossError && error.exitCode === 2 && /no sweep\.json in it/.test(error.message),
  );
});

test("show names the batch job of a run, and of an old record only what it has", () => {
  const folder = temporaryFolder();
  createSweepFile(folder, smallConfig);
  const [first, second] = gridRuns(smallConfig);
  for (const [run, changes] of [
    [first, { job: "slurm 1234_2" }],
    [second, { processor: undefined }],
  ] as const) {
    const record = finishRun(folder, run ?? assert.fail());
    const environment = { ...record.environment, ...changes };
    writeRunRecord(join(folder, record.name), { ...record, environment });
  }
  const sweep = readShownSweep(folder, []);
  assert.deepEqual(
    sweep.runs.slice(0, 2).map(({ processor, job }) => [processor?.model, job]),
    [
      ["EPYC", "slurm 1234_2"],
      [undefined, undefined],
    ],
  );
  const text = showText(sweep);
  assert.match(text, /cce\/run-0: done, .* s on cpu \(EPYC\), job slurm 1234_2\n/);
  assert.match(text, /cce\/run-1: done, .* s on cpu\n/);
});
