import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openDisk } from "../../scripts/faults/disk.js";
import { createRandom } from "../../scripts/faults/random.js";
import { csvBytes, type SweepSetup, startSweep } from "../../scripts/faults/sweep.js";
import { type Reference, runTrial, type TrialResult } from "../../scripts/faults/trial.js";
import { temporaryFolder } from "../helpers/configs.js";

// The short form of `npm run test:faults`.

const config = {
  loss: ["cce", "dice"],
  runs: 2,
  steps: 2001,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
const isLinux = process.platform === "linux";
const scratch = temporaryFolder();
const setup: SweepSetup = {
  cli: fileURLToPath(new URL("../../dist/cli.js", import.meta.url)),
  config: join(scratch, "c.json"),
  mark: `test-${process.pid}`,
  cache: join(scratch, "cache"),
  jobs: 2,
};
let reference: Reference;

function trial(faults: readonly string[]): Promise<TrialResult> {
  return runTrial(setup, reference, faults, createRandom(7), scratch);
}

before(async () => {
  writeFileSync(setup.config, JSON.stringify(config));
  const folder = join(scratch, "undisturbed");
  const { code, stderr } = await startSweep(setup, folder).ended;
  assert.equal(code, 0, stderr);
  reference = { folder, bytes: csvBytes(folder) };
});

test("A sweep ends with the same bytes after signals, killed processes and damage, and leaves no process", {
  skip: !isLinux,
}, async () => {
  const faults = [
    "SIGKILL of a worker",
    "a CSV is cut off",
    "Ctrl-C",
    "a digit of a checkpoint is changed",
    "SIGKILL of the sweep",
    "a digit of a record is changed",
    "compiled programs are cut off",
  ];
  const { injected, differences } = await trial(faults);
  assert.deepEqual(differences, []);
  for (const { fault, problems, orphans, hung } of injected) {
    assert.deepEqual([problems, orphans, hung], [[], 0, false], fault);
  }
  assert.ok(injected.length >= 3, JSON.stringify(injected));
});

const disk = openDisk(join(scratch, "disk"), 100_000);
if (!("reason" in disk)) {
  disk.close();
}

test("A sweep ends with the same bytes after a full disk", {
  skip: "reason" in disk && disk.reason,
}, async () => {
  const { injected, differences } = await trial(["the disk is full"]);
  assert.deepEqual(differences, []);
  assert.deepEqual(
    injected.flatMap(({ problems }) => problems),
    [],
  );
});
