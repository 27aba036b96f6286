import { setImmediate } from "node:timers/promises";
import { rerunCommand } from "../config/command.js";
import { SeglossError } from "../error.js";
import { float32Number } from "../results/float32.js";
import { type RunRecord, writeRecord } from "../results/record.js";
import { formatRows } from "../results/rows.js";
import { openRunFile, type RunWriter } from "../results/writer.js";
import { streamSeed } from "../study/streams.js";
import type { Chunk, Progress } from "../study/trainer.js";
import { type Checkpoint, readCheckpoint, removeCheckpoint, writeCheckpoint } from "./checkpoint.js";
import type { Engine } from "./engine.js";
import type { FromWorker, Task, WorkerSettings } from "./messages.js";
import { noOutcome, type Outcome, withAccuracy, withRows } from "./outcome.js";

/** No more work than this is lost when a worker is killed. */
const checkpointSeconds = 20;

/** A run under way: its file and what its rows amount to so far. */
interface Member {
  readonly task: Task;
  readonly writer: RunWriter;
  readonly started: Date;
  outcome: Outcome;
  /** Seconds of training, its share of those that its company took. */
  seconds: number;
  savedAt: number;
  isOpen: boolean;
}

export interface CrewOptions {
  readonly engine: Engine;
  readonly settings: WorkerSettings;
  readonly report: (message: FromWorker) => void;
  /** Asked between chunks. */
  readonly shouldStop: () => boolean;
}

/**
 * Trains runs together and writes their files. Runs that were begun before go on from their checkpoints. When told to stop,
 * it leaves checkpoints. What goes wrong with one run's files is reported as that run's failure, and the others go on.
 */
export async function trainCrew(tasks: readonly Task[], options: CrewOptions): Promise<void> {
  for (const group of byStep(tasks, options.engine)) {
    if (options.shouldStop()) {
      return;
    }
    await trainTogether(group, options);
  }
}

interface Begun {
  readonly task: Task;
  readonly checkpoint: Checkpoint | undefined;
}

/** On a GPU one program trains them all, so only runs at the same step go together. */
function byStep(tasks: readonly Task[], engine: Engine): Begun[][] {
  const groups = new Map<number, Begun[]>();
  for (const task of tasks) {
    const checkpoint = readCheckpoint(task.folder, task.run, engine.identity);
    const step = engine.device === "gpu" ? (checkpoint?.snapshot.step ?? 0) : 0;
    groups.set(step, [...(groups.get(step) ?? []), { task, checkpoint }]);
  }
  return [...groups.values()];
}

async function trainTogether(begun: readonly Begun[], options: CrewOptions): Promise<void> {
  const members = begun.map((one) => begin(one, options));
  const usable = members.map((member, index) =>
    member === undefined ? undefined : begun[index]?.checkpoint?.snapshot,
  );
  const { trainer } = options.engine;
  const progress = trainer.train(
    begun.map(({ task }) => task.run),
    usable,
  );
  for (const [index, member] of members.entries()) {
    if (member === undefined) {
      progress.drop(index);
    }
  }
  try {
    await trainSteps(members, progress, options);
  } finally {
    progress.close();
    for (const member of members) {
      if (member?.isOpen) {
        member.writer.close();
      }
    }
  }
}

async function trainSteps(
  members: readonly (Member | undefined)[],
  progress: Progress,
  options: CrewOptions,
): Promise<void> {
  for (;;) {
    const from = performance.now();
    const chunks = progress.next();
    if (chunks === undefined) {
      return;
    }
    const seconds = (performance.now() - from) / 1000 / chunks.length;
    for (const chunk of chunks) {
      const member = members[chunk.index];
      if (member?.isOpen) {
        member.seconds += seconds;
        keep(member, chunk, progress, options);
      }
    }
    options.report({ type: "steps", steps: chunks.reduce((total, { steps }) => total + steps, 0) });
    // TensorFlow's calls are synchronous: only here can messages and signals come through.
    await setImmediate();
    if (options.shouldStop()) {
      saveAll(members, progress, options);
      return;
    }
  }
}

function begin({ task, checkpoint }: Begun, options: CrewOptions): Member | undefined {
  let member: Member | undefined;
  guard(task, options, () => {
    const writer = openRunFile(task.folder, task.run, checkpoint?.csv);
    member = {
      task,
      writer,
      started: new Date(),
      outcome: checkpoint?.outcome ?? noOutcome,
      seconds: checkpoint?.seconds ?? 0,
      savedAt: performance.now(),
      isOpen: true,
    };
  });
  return member;
}

/** Writes a chunk of a run, and if it was the last, finishes it. */
function keep(member: Member, chunk: Chunk, progress: Progress, options: CrewOptions): void {
  const { run } = member.task;
  const { firstStep, steps, values, accuracy } = chunk;
  const last = firstStep + steps - 1;
  const done = guard(member.task, options, () => {
    const accuracies = accuracy === undefined ? new Map<number, number>() : new Map([[last, accuracy]]);
    member.writer.append(formatRows(run, firstStep, values, accuracies));
    member.outcome = withRows(member.outcome, run.monitor, firstStep, values, steps);
    if (accuracy !== undefined) {
      member.outcome = withAccuracy(member.outcome, last, accuracy);
    }
    if (last + 1 === run.cell.steps) {
      finish(member, options);
    } else if (performance.now() - member.savedAt > checkpointSeconds * 1000) {
      save(member, chunk.index, progress, options);
    }
  });
  if (!done) {
    member.isOpen = false;
    progress.drop(chunk.index);
    member.writer.close();
  }
}

function save(member: Member, index: number, progress: Progress, { engine }: CrewOptions): void {
  const { writer, outcome, seconds, task } = member;
  const checkpoint = { snapshot: progress.snapshot(index), csv: writer.sync(), outcome, seconds };
  writeCheckpoint(task.folder, task.run, engine.identity, checkpoint);
  member.savedAt = performance.now();
}

function saveAll(members: readonly (Member | undefined)[], progress: Progress, options: CrewOptions): void {
  for (const [index, member] of members.entries()) {
    if (member?.isOpen && progress.snapshot(index).step > 0) {
      guard(member.task, options, () => save(member, index, progress, options));
    }
  }
}

function finish(member: Member, options: CrewOptions): void {
  const { task, writer, outcome } = member;
  const csv = writer.finish();
  member.isOpen = false;
  writeRecord(task.folder, { ...recordOf(member, options), csv });
  removeCheckpoint(task.folder, task.run);
  options.report({
    type: "finished",
    name: task.name,
    hasNaN: outcome.firstNaN !== null,
    accuracy: outcome.finalAccuracy,
  });
}

function recordOf(member: Member, { engine, settings }: CrewOptions): Omit<RunRecord, "csv"> {
  const { task, outcome, started, seconds } = member;
  const { run } = task;
  const seedFor = (purpose: Parameters<typeof streamSeed>[2]): [number, number] => [
    ...streamSeed(run.seed, run.run, purpose),
  ];
  return {
    version: 1,
    cell: run.cell,
    name: task.name.slice(0, task.name.lastIndexOf("/")),
    run: run.run,
    seed: run.seed,
    monitor: run.monitor,
    perLayer: run.perLayer,
    columns: run.columns,
    result: shortened(outcome),
    seeds: { weights: seedFor("weights"), training: seedFor("training"), validation: seedFor("validation") },
    environment: {
      ...settings.provenance,
      tensorflow: engine.tensorflow,
      device: engine.device,
      threads: engine.threads,
    },
    configHash: settings.configHash,
    started: started.toISOString(),
    seconds: Math.round(seconds * 1000) / 1000,
    command: settings.command,
    rerun: rerunCommand(run),
  };
}

/** The same numbers as the CSV has. */
function shortened(outcome: Outcome): Outcome {
  const each = <K extends string>(values: Readonly<Partial<Record<K, number>>>): Partial<Record<K, number>> =>
    Object.fromEntries(
      Object.entries<number | undefined>(values).map(([name, value]) => [
        name,
        float32Number(value ?? Number.NaN),
      ]),
    ) as Partial<Record<K, number>>;
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

/** Whether `work` went well; a known failure is reported as the run's own. */
function guard(task: Task, { report }: CrewOptions, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
    report({ type: "failed", name: task.name, message: error.message });
    return false;
  }
}
