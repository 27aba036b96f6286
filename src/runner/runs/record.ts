import { rerunCommand } from "../../config/rerun-command.js";
import { batchJob } from "../../results/batch-job.js";
import { float32Number } from "../../results/float32.js";
import type { RunMetrics } from "../../results/run-metrics.js";
import type { RunRecord } from "../../results/run-record.js";
import { type StreamName, streamSeed } from "../../study/random.js";
import { thisProcessor } from "../../tensorflow/index.js";
import type { Engine } from "../workers/engine.js";
import type { SweepOrigin, Task } from "../workers/protocol.js";

/** A run after its last step. */
export interface FinishedRun {
  readonly task: Task;
  readonly csv: RunRecord["csv"];
  readonly metrics: RunMetrics;
  readonly started: Date;
  /** Seconds of training, over all resumptions. */
  readonly seconds: number;
}

/** The part of an engine that a record names. */
export type RecordedEngine = Pick<Engine, "tensorflow" | "device" | "deviceName" | "gpu" | "xla" | "threads">;

/** Creates the record of a finished run: what it is, what came out, and all that it depends on. */
export function createRunRecord(
  { task, csv, metrics, started, seconds }: FinishedRun,
  engine: RecordedEngine,
  origin: SweepOrigin,
): RunRecord {
  const { run, name } = task;
  const { tensorflow, deviceName, xla, threads } = engine;
  const seedOf = (stream: StreamName): [number, number] => [...streamSeed(run.seed, run.repetition, stream)];
  return {
    cell: run.cell,
    name: name.slice(0, name.lastIndexOf("/")),
    repetition: run.repetition,
    seed: run.seed,
    monitor: run.monitor,
    perLayer: run.perLayer,
    metrics: run.metrics,
    columns: run.columns,
    csv,
    result: recordedMetrics(metrics),
    seeds: {
      weights: seedOf("weights"),
      training: seedOf("training"),
      validation: seedOf("validation"),
      noise: seedOf("noise"),
    },
    environment: {
      ...origin.provenance,
      tensorflow,
      device: deviceName,
      xla,
      threads,
      processor: thisProcessor(),
      job: batchJob(),
    },
    configHash: origin.configHash,
    started: started.toISOString(),
    seconds: Math.round(seconds * 1000) / 1000,
    command: origin.command,
    rerun: rerunCommand(run, engine),
  };
}

/** Returns the metrics with the same decimal numbers as the CSV. */
function recordedMetrics(metrics: RunMetrics): RunMetrics {
  return {
    ...metrics,
    finalAccuracy: recordedNumber(metrics.finalAccuracy),
    bestAccuracy: recordedNumber(metrics.bestAccuracy),
    finalLosses: recordedNumbers(metrics.finalLosses),
    finalNorms: recordedNumbers(metrics.finalNorms),
    finalMeasures: roundedMeasures(metrics.finalMeasures),
  };
}

function recordedNumber(value: number | undefined): number | undefined {
  return value === undefined ? undefined : float32Number(Math.fround(value));
}

function roundedMeasures(values: RunMetrics["finalMeasures"]): RunMetrics["finalMeasures"] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, recordedNumber(value)]));
}

function recordedNumbers(values: RunMetrics["finalLosses"]): RunMetrics["finalLosses"] {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, float32Number(value)]));
}
