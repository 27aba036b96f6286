import assert from "node:assert/strict";
import { join } from "node:path";
import type { Config } from "../../src/config/config.js";
import { gridRuns } from "../../src/config/grid.js";
import { hashConfig } from "../../src/config/hash.js";
import { rerunCommand } from "../../src/config/rerun-command.js";
import { cellName } from "../../src/config/run-names.js";
import { formatRows } from "../../src/results/csv-rows.js";
import { createRunCsv, type FinishedCsv } from "../../src/results/csv-writer.js";
import { type RunRecord, writeRunRecord } from "../../src/results/run-record.js";
import { rowLayout } from "../../src/study/row-layout.js";
import type { Run } from "../../src/study/run.js";
import { configOf } from "./configs.js";

/** Returns the first run of a config of these values. */
export function runOf(raw: object): Run {
  return gridRuns(configOf(raw))[0] ?? assert.fail();
}

/** Returns the rows of an imagined training: always the same ones for the same run. */
export function rowsOf(run: Run): string {
  const width = rowLayout(run).columns.length;
  const values = Float32Array.from({ length: run.cell.steps * width }, (_, index) =>
    Math.sin(index + run.repetition),
  );
  return formatRows(run, 0, values, new Map([[0, 0.95]]));
}

/** Where imagined trainings took place. */
export const usualEnvironment: RunRecord["environment"] = {
  segloss: "0.1.0",
  commit: undefined,
  dirty: undefined,
  node: "v20",
  tfjs: "4.22.0",
  tensorflow: "2.21.0",
  device: "cpu",
  xla: true,
  threads: 1,
  processor: { architecture: "x64", model: "EPYC", features: "0123456789abcdef" },
  job: undefined,
};

/** Returns the record of an imagined training with this CSV. */
export function recordOf(run: Run, csv: FinishedCsv): RunRecord {
  const { cell, seed, monitor, perLayer, metrics, columns } = run;
  const finals = Object.fromEntries(monitor.map((loss, index) => [loss, index / 8]));
  return {
    cell,
    name: cellName(cell, columns),
    repetition: run.repetition,
    seed,
    monitor,
    perLayer,
    metrics,
    columns,
    csv,
    result: {
      finalAccuracy: 0.95,
      bestAccuracy: 0.95,
      bestStep: 0,
      firstStepAt99: undefined,
      finalLosses: finals,
      finalNorms: finals,
      finalMeasures: {},
      firstNaN: undefined,
    },
    seeds: { weights: [1, 2], training: [3, 4], validation: [5, -6] },
    environment: usualEnvironment,
    configHash: hashConfig(configOf({})),
    started: "2020-01-01T00:00:00.000Z",
    seconds: 1.5,
    command: "segloss sweep x.json",
    rerun: rerunCommand(run, { device: "cpu", xla: true }),
  };
}

/** Writes a run's CSV and record as a worker does, without training. */
export function finishRun(folder: string, run: Run): RunRecord {
  const cell = join(folder, cellName(run.cell, run.columns));
  const writer = createRunCsv(cell, run);
  writer.append(rowsOf(run));
  const record = recordOf(run, writer.finish());
  writeRunRecord(cell, record);
  return record;
}

/** A small sweep: two cells of two runs. */
export const smallConfig: Config = configOf({
  loss: ["cce", "dice"],
  runs: 2,
  steps: 3,
  monitor: ["cce", "dice"],
});
