import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyMetrics } from "../../../src/results/run-metrics.js";
import { createRunRecord, type RecordedEngine } from "../../../src/runner/runs/record.js";
import { streamSeed } from "../../../src/study/random.js";
import { thisProcessor } from "../../../src/tensorflow/index.js";
import { origin } from "../../helpers/fake-trainer.js";
import { runOf } from "../../helpers/finished-runs.js";

const run = runOf({ steps: 10, seed: 7 });
const cpu: RecordedEngine = {
  tensorflow: "2.21.0",
  device: "cpu",
  deviceName: "cpu",
  gpu: undefined,
  xla: true,
  threads: 1,
};

function recordWith(engine: RecordedEngine, metrics = emptyMetrics) {
  const csv = { file: "run-0.csv", rows: 10, bytes: 100, sha256: "0".repeat(64) };
  const task = { run, name: "cell/run-0", folder: "/nowhere" };
  return createRunRecord({ task, csv, metrics, started: new Date(0), seconds: 1.23456 }, engine, origin);
}

test("A record holds the seeds of all four streams of random numbers", () => {
  assert.deepEqual(recordWith(cpu).seeds, {
    weights: [...streamSeed(7, 0, "weights")],
    training: [...streamSeed(7, 0, "training")],
    validation: [...streamSeed(7, 0, "validation")],
    noise: [...streamSeed(7, 0, "noise")],
  });
});

test("The rerun command of a record names the device, the GPU and whether XLA compiled", () => {
  assert.match(recordWith(cpu).rerun, / --device cpu --xla on$/);
  assert.match(recordWith({ ...cpu, xla: false }).rerun, / --device cpu --xla off$/);
  const gpu: RecordedEngine = { ...cpu, device: "gpu", deviceName: "NVIDIA H100 (GPU 1)", gpu: "1" };
  assert.match(recordWith(gpu).rerun, / --device gpu --gpu 1 --xla on$/);
  assert.match(recordWith({ ...gpu, gpu: undefined, xla: false }).rerun, / --device gpu --xla off$/);
});

test("A record has the numbers of the CSV, and nothing where nothing was measured", () => {
  const { result, seconds } = recordWith(cpu, {
    ...emptyMetrics,
    finalAccuracy: Math.fround(0.99),
    finalLosses: { cce: Math.fround(0.1) },
  });
  assert.deepEqual(
    [result.finalAccuracy, result.bestAccuracy, result.finalLosses.cce],
    [0.99, undefined, 0.1],
  );
  assert.equal(seconds, 1.235);
});

test("A record names the processor and, inside a batch job, the job", () => {
  const before = process.env.SLURM_JOB_ID;
  process.env.SLURM_JOB_ID = "17";
  try {
    const { processor, job } = recordWith(cpu).environment;
    assert.deepEqual(processor, thisProcessor());
    assert.equal(job, "slurm 17");
  } finally {
    if (before === undefined) {
      delete process.env.SLURM_JOB_ID;
    } else {
      process.env.SLURM_JOB_ID = before;
    }
  }
});
