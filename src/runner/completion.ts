import { rerunCommand } from "../config/command.js";
import { float32Number } from "../results/float32.js";
import type { RunRecord } from "../results/record.js";
import { type Purpose, streamSeed } from "../study/streams.js";
import type { Engine } from "./engine.js";
import type { Origin, Task } from "./messages.js";
import type { Outcome } from "./outcome.js";

/** A run that is through. */
export interface Through {
  readonly task: Task;
  readonly csv: RunRecord["csv"];
  readonly outcome: Outcome;
  readonly started: Date;
  readonly seconds: number;
}

/** The record of a run that is through, with all that it came from. */
export function completionOf(
  { task, csv, outcome, started, seconds }: Through,
  { tensorflow, deviceName, xla, threads }: Pick<Engine, "tensorflow" | "deviceName" | "xla" | "threads">,
  origin: Origin,
): RunRecord {
  const { run, name } = task;
  const seedFor = (purpose: Purpose): [number, number] => [...streamSeed(run.seed, run.run, purpose)];
  return {
    version: 1,
    cell: run.cell,
    name: name.slice(0, name.lastIndexOf("/")),
    run: run.run,
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
function shortened(outcome: Outcome): Outcome {
  const each = (values: Outcome["finalLosses"]): Outcome["finalLosses"] =>
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
