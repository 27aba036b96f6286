import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { configRuns, parseConfig, readConfig, runName, SeglossError } from "../../src/api/index.js";
import { parseRunRows, readRunRows } from "../../src/api/rows.js";
import { collect } from "../helpers/collect.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

test("parseConfig fills in the defaults and throws every problem at once", () => {
  const config = parseConfig({ loss: ["cce", "dice"], runs: 2 });
  assert.deepEqual([config.steps, config.seed], [10_001, 1]);
  assert.deepEqual(configRuns(config).map(runName), [
    "adam-nobn-t0.5-cce/run-0",
    "adam-nobn-t0.5-cce/run-1",
    "adam-nobn-t0.5-dice/run-0",
    "adam-nobn-t0.5-dice/run-1",
  ]);
  assert.throws(
    () => parseConfig({ loss: "dise", steps: 0 }),
    (error) =>
      error instanceof SeglossError &&
      error.exitCode === 2 &&
      /loss: got "dise".*did you mean "dice"\?[\s\S]*steps: got 0/.test(error.message),
  );
  for (const value of [undefined, null, [], "quick"]) {
    assert.throws(() => parseConfig(value), SeglossError);
  }
});

test("readConfig reads shipped configs by their names", () => {
  assert.equal(configRuns(readConfig("original")).length, 108);
  assert.throws(() => readConfig("orignal"), /did you mean "original"/);
});

test("Rows have the measured columns by their names, and undefined where nothing was measured", async () => {
  const file = join(createTemporaryFolder("rows"), "run-0.csv");
  const [run = assert.fail()] = configRuns(parseConfig({ monitor: ["cce"] }));
  const lines = "adam,false,0.5,cce,0,0,0.25,NaN,0.5\nadam,false,0.5,cce,0,1,1e-7,Infinity,\n";
  writeFileSync(
    file,
    `optimizer,batch_norm,threshold,trained_loss,run,step,cce_loss,cce_grad_norm,accuracy\n${lines}`,
  );
  const expected = [
    { step: 0, values: { cce_loss: 0.25, cce_grad_norm: Number.NaN, accuracy: 0.5 } },
    { step: 1, values: { cce_loss: 1e-7, cce_grad_norm: Number.POSITIVE_INFINITY, accuracy: undefined } },
  ];
  assert.deepEqual(await collect(readRunRows(file)), expected);
  assert.deepEqual(parseRunRows(run, lines), expected);
});

test("readRunRows names a file that is missing or no CSV of a run", async () => {
  const folder = createTemporaryFolder("rows");
  await assert.rejects(collect(readRunRows(join(folder, "none.csv"))), /none\.csv: it or its folder/);
  writeFileSync(join(folder, "other.csv"), "a,b\n1,2\n");
  await assert.rejects(collect(readRunRows(join(folder, "other.csv"))), /not a CSV of a run: its header/);
  writeFileSync(join(folder, "ragged.csv"), "step,cce_loss\n1,2,3\n");
  await assert.rejects(collect(readRunRows(join(folder, "ragged.csv"))), /not a CSV of a run: Invalid/);
});
