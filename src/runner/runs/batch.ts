import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { setImmediate } from "node:timers/promises";
import { SeglossError } from "../../errors.js";
import { isFileError } from "../../results/fs/errors.js";
import type { NamedArray, StepChunk, TrainingSession } from "../../study/training.js";
import type { Engine } from "../workers/engine.js";
import type { FromWorker, RunProgress, SweepOrigin, Task } from "../workers/protocol.js";
import { type ActiveRun, openActiveRun } from "./active-run.js";

/** The least time between two reports of progress. */
const progressMs = 100;

/** What a batch needs from its worker. */
export interface BatchContext {
  readonly engine: Engine;
  readonly origin: SweepOrigin;
  readonly report: (message: FromWorker) => void;
  /** Called between chunks. */
  readonly shouldStop: () => boolean;
  /** True if the parent process has died. Stop without writing: a new sweep may own these files. */
  readonly isOrphan: () => boolean;
}

/**
 * Trains a batch of runs and writes their files. A run with a checkpoint is resumed from it. When `shouldStop` returns true,
 * every unfinished run leaves a checkpoint. A disk error in one run's files fails that run only; the others continue.
 */
export async function trainBatch(tasks: readonly Task[], context: BatchContext): Promise<void> {
  const open = new Set<ActiveRun>();
  try {
    for (const task of tasks) {
      openRun(task, open, context);
    }
    for (const group of groupByStep([...open], context.engine)) {
      if (!context.shouldStop()) {
        await trainGroup(group, open, context);
      }
    }
  } finally {
    // Runs that were never trained, and all that are unfinished when training or opening throws.
    if (open.size > 0 && !context.isOrphan()) {
      for (const run of open) {
        run.abandon();
      }
    }
  }
}

function openRun(task: Task, open: Set<ActiveRun>, context: BatchContext): void {
  reportFailure(task, context, () => {
    const run = openActiveRun(task, context.engine, context.origin);
    open.add(run);
    context.report({ type: "runStarted", run: { name: task.name, steps: run.snapshot?.step ?? 0 } });
  });
}

/** Runs in lanes of one compiled step must be at the same step; on their own they need not. */
function groupByStep(runs: readonly ActiveRun[], { usesLanes }: Engine): ActiveRun[][] {
  const groups = new Map<number, ActiveRun[]>();
  for (const run of runs) {
    const step = usesLanes ? (run.snapshot?.step ?? 0) : 0;
    groups.set(step, [...(groups.get(step) ?? []), run]);
  }
  return [...groups.values()];
}

async function trainGroup(
  group: readonly ActiveRun[],
  open: Set<ActiveRun>,
  context: BatchContext,
): Promise<void> {
  const session = context.engine.trainer.train(
    group.map(({ task }) => task.run),
    group.map(({ snapshot }) => snapshot),
  );
  const progress = collectProgress(context.report);
  try {
    for (;;) {
      const from = performance.now();
      const chunks = session.next();
      if (chunks === undefined || context.isOrphan()) {
        return;
      }
      const seconds = (performance.now() - from) / 1000 / chunks.length;
      const runs = chunks.flatMap((chunk) => {
        const run = group[chunk.index];
        return run !== undefined && open.has(run)
          ? writeChunk(run, chunk, seconds, session, open, context)
          : [];
      });
      progress.add(runs);
      // TensorFlow's calls are synchronous: messages and signals are handled only here.
      await setImmediate();
      if (context.shouldStop()) {
        progress.report();
        saveCheckpoints(group, open, session, context);
        return;
      }
    }
  } finally {
    session.close();
  }
}

/**
 * Collects the progress of runs and reports it a few times a second: one message for every call of TensorFlow would keep the
 * main process busy where it has hundreds of workers.
 */
function collectProgress(report: BatchContext["report"]): {
  add(runs: readonly RunProgress[]): void;
  report(): void;
} {
  const latest = new Map<string, RunProgress>();
  let reportedAt = performance.now();
  const reportLatest = (): void => {
    report({ type: "runsProgressed", runs: [...latest.values()] });
    latest.clear();
    reportedAt = performance.now();
  };
  return {
    add(runs) {
      for (const run of runs) {
        latest.set(run.name, run);
      }
      if (performance.now() - reportedAt >= progressMs) {
        reportLatest();
      }
    },
    report: reportLatest,
  };
}

/** Writes a chunk of a run, finishing the run after its last. Returns the run's progress, or nothing if it has failed. */
function writeChunk(
  run: ActiveRun,
  chunk: StepChunk,
  seconds: number,
  session: TrainingSession,
  open: Set<ActiveRun>,
  context: BatchContext,
): RunProgress[] {
  const { task } = run;
  const steps = chunk.firstStep + chunk.steps;
  const isWritten = reportFailure(task, context, () => {
    run.append(chunk, seconds);
    if (steps === task.run.cell.steps) {
      finishRun(run, context.origin.saveWeights ? session.weights(chunk.index) : undefined, open, context);
    } else if (run.isCheckpointDue()) {
      run.saveCheckpoint(session.snapshot(chunk.index));
    }
  });
  if (!isWritten) {
    open.delete(run);
    session.drop(chunk.index);
    run.abandon();
    return [];
  }
  return [{ name: task.name, steps }];
}

function finishRun(
  run: ActiveRun,
  weights: readonly NamedArray[] | undefined,
  open: Set<ActiveRun>,
  { report }: BatchContext,
): void {
  const { firstNaN, finalAccuracy } = run.finish(weights);
  open.delete(run);
  report({
    type: "runFinished",
    name: run.task.name,
    hasNaN: firstNaN !== undefined,
    accuracy: finalAccuracy,
  });
}

function saveCheckpoints(
  group: readonly ActiveRun[],
  open: Set<ActiveRun>,
  session: TrainingSession,
  context: BatchContext,
): void {
  for (const [index, run] of group.entries()) {
    const snapshot = open.has(run) ? session.snapshot(index) : undefined;
    if (snapshot !== undefined && snapshot.step > 0) {
      open.delete(run);
      reportFailure(run.task, context, () => run.saveCheckpoint(snapshot));
    }
  }
}

/** Does `work` and returns true; reports a SeglossError as the failure of the run and returns false. */
function reportFailure({ name, folder }: Task, { report }: BatchContext, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof SeglossError)) {
      throw error;
    }
    const affectsAll = isDiskUnwritable(error.cause) || !existsSync(dirname(folder));
    report({ type: "runFailed", name, message: error.message, affectsAll });
    return false;
  }
}

/** True if no file of any run can be written. */
function isDiskUnwritable(cause: unknown): boolean {
  return isFileError(cause) && ["ENOSPC", "EDQUOT", "EROFS"].includes(cause.code ?? "");
}
