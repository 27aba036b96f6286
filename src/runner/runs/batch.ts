import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { SeglossError } from "../../errors.js";
import { isFileError } from "../../results/fs/errors.js";
import type { StepChunk, TrainingSession } from "../../study/training.js";
import type { Engine } from "../workers/engine.js";
import type { FromWorker, Reached, RunOrigin, Task } from "../workers/protocol.js";
import { type ActiveRun, openActiveRun } from "./active-run.js";

/** What a worker trains with, and whom it tells. */
export interface BatchContext {
  readonly engine: Engine;
  readonly origin: RunOrigin;
  readonly report: (message: FromWorker) => void;
  /** Asked between chunks. */
  readonly shouldStop: () => boolean;
  /** Whether its sweep is gone: then another may be at work on the same files. */
  readonly isOrphan: () => boolean;
}

/**
 * Trains runs together and writes their files. Runs that were begun before go on from their checkpoints. When told to stop,
 * it leaves checkpoints. What goes wrong with one run's files is reported as that run's failure, and the others go on.
 */
export async function trainBatch(tasks: readonly Task[], crew: BatchContext): Promise<void> {
  const members = tasks.flatMap((task) => begun(task, crew));
  for (const group of byStep(members, crew.engine)) {
    if (!crew.shouldStop()) {
      await trainTogether(group, crew);
    }
  }
}

function begun(task: Task, crew: BatchContext): ActiveRun[] {
  const members: ActiveRun[] = [];
  guard(task, crew, () => {
    const member = openActiveRun(task, crew.engine, crew.origin);
    crew.report({ type: "begun", run: { name: task.name, steps: member.snapshot?.step ?? 0 } });
    members.push(member);
  });
  return members;
}

/** Where one program trains them all, only runs at the same step go together. */
function byStep(members: readonly ActiveRun[], { isWide }: Engine): ActiveRun[][] {
  const groups = new Map<number, ActiveRun[]>();
  for (const member of members) {
    const step = isWide ? (member.snapshot?.step ?? 0) : 0;
    groups.set(step, [...(groups.get(step) ?? []), member]);
  }
  return [...groups.values()];
}

async function trainTogether(members: readonly ActiveRun[], crew: BatchContext): Promise<void> {
  const progress = crew.engine.trainer.train(
    members.map(({ task }) => task.run),
    members.map(({ snapshot }) => snapshot),
  );
  const open = new Map(members.entries());
  try {
    for (;;) {
      const from = performance.now();
      const chunks = progress.next();
      if (chunks === undefined || crew.isOrphan()) {
        return;
      }
      const seconds = (performance.now() - from) / 1000 / chunks.length;
      crew.report({
        type: "reached",
        runs: chunks.flatMap((chunk) => keep(chunk, seconds, open, progress, crew)),
      });
      // TensorFlow's calls are synchronous: only here can messages and signals come through.
      await setImmediate();
      if (crew.shouldStop()) {
        saveAll(open, progress, crew);
        return;
      }
    }
  } finally {
    progress.close();
  }
}

/** Writes a chunk of a run, and if it was the last, finishes it. Gives how far the run has come. */
function keep(
  chunk: StepChunk,
  seconds: number,
  open: Map<number, ActiveRun>,
  progress: TrainingSession,
  crew: BatchContext,
): Reached[] {
  const member = open.get(chunk.index);
  if (member === undefined) {
    return [];
  }
  const { run, name } = member.task;
  const steps = chunk.firstStep + chunk.steps;
  const went = guard(member.task, crew, () => {
    member.add(chunk, seconds);
    if (steps === run.cell.steps) {
      open.delete(chunk.index);
      finish(member, crew);
    } else if (member.wantsSaving()) {
      member.save(progress.snapshot(chunk.index));
    }
  });
  if (!went) {
    open.delete(chunk.index);
    progress.drop(chunk.index);
    member.giveUp();
    return [];
  }
  return [{ name, steps }];
}

function finish(member: ActiveRun, { report }: BatchContext): void {
  const { firstNaN, finalAccuracy } = member.finish();
  report({
    type: "finished",
    name: member.task.name,
    hasNaN: firstNaN !== null,
    accuracy: finalAccuracy,
  });
}

function saveAll(open: ReadonlyMap<number, ActiveRun>, progress: TrainingSession, crew: BatchContext): void {
  for (const [index, member] of open) {
    const snapshot = progress.snapshot(index);
    if (snapshot.step > 0) {
      guard(member.task, crew, () => member.save(snapshot));
    } else {
      member.giveUp();
    }
  }
}

/** Whether `work` went well; a known failure is reported as the run's own. */
function guard({ name, folder }: Task, { report }: BatchContext, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
    const isGeneral = isOfDisk(error.cause) || !existsSync(dirname(folder));
    report({ type: "failed", name, message: error.message, isGeneral });
    return false;
  }
}

/** Whether no file could be written, this run's or another's. */
function isOfDisk(cause: unknown): boolean {
  return isFileError(cause) && ["ENOSPC", "EDQUOT", "EROFS"].includes(cause.code ?? "");
}
