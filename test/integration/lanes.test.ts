import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { readRunRecord } from "../../src/results/run-record.js";
import { temporaryFolder } from "../helpers/configs.js";
import { segloss$ } from "../helpers/program.js";

// What a sweep does on a GPU, done on the CPU: 108 runs in lanes of one compiled step.

const grid = {
  optimizer: ["adam", "sgd"],
  threshold: [0.05, 0.5, 0.95],
  loss: ["cce", "dicefg", "dice"],
  runs: 6,
  batchNorm: true,
  steps: 101,
  monitor: ["cce", "dicefg", "dice"],
};
const cells = grid.optimizer.flatMap((optimizer) =>
  grid.threshold.flatMap((threshold) => grid.loss.map((loss) => `${optimizer}-bn-t${threshold}-${loss}`)),
);

const home = temporaryFolder();

before(async () => {
  writeFileSync(join(home, "grid.json"), JSON.stringify(grid));
  const lanes = await segloss$("SEGLOSS_TEST_WIDTH=108 $segloss sweep grid.json --out lanes --jobs 1", home);
  assert.equal(lanes.code, 0, lanes.err);
  const single = await segloss$("$segloss sweep grid.json --out single --only run=0", home);
  assert.equal(single.code, 0, single.err);
});

test("A sweep in lanes of one compiled step finishes every run", () => {
  const rows = parse(readFileSync(join(home, "lanes/summary.csv")), { columns: true });
  assert.equal(rows.length, 108);
});

test("Losses in lanes are those of runs with compiled steps of their own, to 1e-3 over 100 steps", () => {
  for (const cell of cells) {
    const numbers = (folder: string) => lossesIn(join(home, folder, cell, "run-0.csv"));
    const wanted = numbers("single");
    const errors = numbers("lanes").map((value, index) => Math.abs(value / (wanted[index] ?? 0) - 1));
    assert.equal(errors.length, 101 * 3);
    assert.ok(Math.max(...errors) < 1e-3, `${cell}: ${Math.max(...errors)} off`);
  }
});

test("Accuracies in lanes are those of runs with compiled steps of their own, up to a few pixels", () => {
  for (const cell of cells) {
    const final = (folder: string) => {
      const found = readRunRecord(join(home, folder, cell, "run-0.json"));
      return "record" in found ? (found.record.result.finalAccuracy ?? Number.NaN) : Number.NaN;
    };
    const difference = Math.abs(final("lanes") - final("single"));
    assert.ok(difference < 1e-3, `${cell}: differs by ${difference}`);
  }
});

function lossesIn(file: string): number[] {
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  return rows.flatMap((row) => grid.monitor.map((name) => Number(row[`${name}_loss`])));
}
