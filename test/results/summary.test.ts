import assert from "node:assert/strict";
import { readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gridRuns } from "../../src/config/grid.js";
import { formatSummary, writeSummary } from "../../src/results/summary.js";
import { configOf, temporaryFolder } from "../helpers/configs.js";
import { recordOf } from "../helpers/finished-runs.js";

const csv = { file: "run-0.csv", rows: 3, bytes: 10, sha256: "0".repeat(64) };

test("The summary has one row per record: keys, steps, accuracies, last losses and norms, first NaN", () => {
  const records = gridRuns(
    configOf({ loss: ["cce", "dice"], input: ["raw"], runs: 1, steps: 9, monitor: ["cce", "dice"] }),
  ).map((run) => recordOf(run, csv));
  assert.equal(
    formatSummary(records),
    [
      "optimizer,batch_norm,threshold,trained_loss,run,input,steps,final_accuracy,best_accuracy,best_step,first_step_at_0.99,cce_loss,dice_loss,cce_grad_norm,dice_grad_norm,first_nan_step",
      "adam,false,0.5,cce,0,raw,9,0.95,0.95,0,,0,0.125,0,0.125,",
      "adam,false,0.5,dice,0,raw,9,0.95,0.95,0,,0,0.125,0,0.125,",
      "",
    ].join("\n"),
  );
});

test("The steps have one column, also where they are an axis", () => {
  const [run] = gridRuns(configOf({ steps: [5, 6], monitor: "cce" }));
  const [header] = formatSummary([recordOf(run ?? assert.fail(), csv)]).split("\n");
  assert.equal(header?.split(",").filter((name) => name === "steps").length, 1);
});

test("A run with NaN shows NaN and its first step", () => {
  const [run] = gridRuns(configOf({ monitor: "cce" }));
  const record = recordOf(run ?? assert.fail(), csv);
  const result = {
    ...record.result,
    finalAccuracy: undefined,
    bestAccuracy: undefined,
    bestStep: undefined,
    finalLosses: { cce: Number.NaN },
    firstNaN: 3,
  };
  assert.match(formatSummary([{ ...record, result }]), /\nadam,false,0.5,cce,0,10001,,,,,NaN,0,3\n$/);
});

test("The summary does not depend on clock or machine", () => {
  const [run] = gridRuns(configOf({}));
  const record = recordOf(run ?? assert.fail(), csv);
  const elsewhere = {
    ...record,
    started: "2030",
    seconds: 9,
    environment: { ...record.environment, device: "gpu" },
  };
  assert.equal(formatSummary([record]), formatSummary([elsewhere]));
});

test("The summary is written only if it would change", () => {
  const folder = temporaryFolder();
  const file = join(folder, "summary.csv");
  const [run] = gridRuns(configOf({}));
  const record = recordOf(run ?? assert.fail(), csv);
  writeSummary(folder, []);
  writeSummary(folder, [record]);
  utimesSync(file, 1, 1);
  writeSummary(folder, [record]);
  assert.equal(statSync(file).mtimeMs, 1000);
  writeSummary(folder, [{ ...record, repetition: 1 }]);
  assert.match(readFileSync(file, "utf8"), /cce,1,10001/);
});
