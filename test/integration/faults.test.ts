import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { openDisk } from "../../scripts/faults/disk.js";
import { openRandom } from "../../scripts/faults/random.js";
import { csvBytes, type Ground, startSweep } from "../../scripts/faults/sweep.js";
import { type Reference, runTrial, type Trial } from "../../scripts/faults/trial.js";
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

describe("A sweep that is struck by faults and gone on with", { skip: process.platform !== "linux" }, () => {
  const scratch = temporaryFolder();
  const ground: Ground = {
    cli: fileURLToPath(new URL("../../dist/cli.js", import.meta.url)),
    config: join(scratch, "c.json"),
    mark: `test-${process.pid}`,
    cache: join(scratch, "cache"),
    jobs: 2,
  };
  let reference: Reference;
  const trial = (faults: readonly string[]): Promise<Trial> =>
    runTrial(ground, reference, faults, openRandom(7), scratch);

  before(async () => {
    writeFileSync(ground.config, JSON.stringify(config));
    const folder = join(scratch, "undisturbed");
    const { code, said } = await startSweep(ground, folder).ended;
    assert.equal(code, 0, said);
    reference = { folder, bytes: csvBytes(folder) };
  });

  it("comes to the same bytes after signals, killed processes and damage, leaving no process behind", async () => {
    const faults = [
      "SIGKILL of a worker",
      "a CSV is cut off",
      "Ctrl-C",
      "a digit of a checkpoint is changed",
      "SIGKILL of the sweep",
      "a digit of a record is changed",
      "compiled programs are cut off",
    ];
    const { struck, differences } = await trial(faults);
    assert.deepEqual(differences, []);
    for (const { fault, problems, orphans, hung } of struck) {
      assert.deepEqual([problems, orphans, hung], [[], 0, false], fault);
    }
    assert.ok(struck.length >= 3, JSON.stringify(struck));
  });

  const disk = openDisk(join(scratch, "disk"), 100_000);
  if (!("reason" in disk)) {
    disk.close();
  }
  it("comes to the same bytes after a full disk", { skip: "reason" in disk && disk.reason }, async () => {
    const { struck, differences } = await trial(["the disk is full"]);
    assert.deepEqual(differences, []);
    assert.deepEqual(
      struck.flatMap(({ problems }) => problems),
      [],
    );
  });
});
