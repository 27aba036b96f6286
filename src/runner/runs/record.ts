import { rerunCommand } from "../../config/rerun-command.js";
import { float32Number } from "../../results/float32.js";
import type { RunRecord } from "../../results/run-record.js";
import { type StreamName, streamSeed } from "../../study/random.js";
import type { Engine } from "../workers/engine.js";
import type { RunOrigin, Task } from "../workers/protocol.js";
import type { RunMetrics } from "./metrics.js";

/** A run that is through. */
export interface FinishedRun {
  readonly task: Task;
  readonly csv: RunRecord["csv"];
  readonly outcome: RunMetrics;
  readonly started: Date;
  readonly seconds: number;
}

/** The record of a run that is through, with all that it came from. */
export function createRunRecord(
  { task, csv, outcome, started, seconds }: FinishedRun,
  { tensorflow, deviceName, xla, threads }: Pick<Engine, "tensorflow" | "deviceName" | "xla" | "threads">,
  origin: RunOrigin,
): RunRecord {
  const { run, name } = task;
  const seedFor = (purpose: StreamName): [number, number] => [
    ...streamSeed(run.seed, run.repetition, purpose),
  ];
  return {
    version: 1,
    cell: run.cell,
    name: name.slice(0, name.lastIndexOf("/")),
    run: run.repetition,
    seed: run.seed,
    monitor: run.monitor,
    perLayer: run.perLayer,
    columns: run.columns,
    csv,
    result: shortened(outcome),
    seeds: { weights: seedFor("weights"), training: seedFor("training"), validation: seedFor("validation") },
    environment: { ...origin.provenance, tensorflow, device: deviceName, xla, threads },
    configHash: origin.configHash,
    started: started.toISOString(),
    seconds: Math.round(seconds * 1000) / 1000,
    command: origin.command,
    rerun: xla ? rerunCommand(run) : `${rerunCommand(run)} --xla off`,
  };
}

/** The same numbers as the CSV has. */
function shortened(outcome: RunMetrics): RunMetrics {
  const each = (values: RunMetrics["finalLosses"]): RunMetrics["finalLosses"] =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, float32Number(value)]));
  const orNull = (value: number | null): number | null =>
    value === null ? null : float32Number(Math.fround(value));
  return {
    ...outcome,
    finalAccuracy: orNull(outcome.finalAccuracy),
    bestAccuracy: orNull(outcome.bestAccuracy),
    finalLosses: each(outcome.finalLosses),
    finalNorms: each(outcome.finalNorms),
  };
}
