import { type ExitCode, exitCode } from "../../errors.js";
import type { Task } from "../workers/protocol.js";
import { type Queue, takeGroup } from "./queue.js";
import { assignRuns, failRun, finishRun, progressRuns, tasksOfWorker } from "./run-tracker.js";
import type { RecordedRun, SchedulerEffect, SchedulerEvent } from "./scheduler-events.js";
import {
  activeWorkers,
  addWorker,
  createSchedulerState,
  groupRequest,
  type SchedulerSettings,
  type SchedulerState,
  wantedWorkers,
  withWorker,
} from "./scheduler-state.js";

// Scheduler: assigns runs to workers and tracks their state. It is a pure function of its state and an event: it owns no
// processes and prints nothing. scheduler-driver.ts carries out its effects.

/** The sweep ends when this many workers in a row exit before they are ready. */
const maxFailedStarts = 3;

/** The next state, and what is to be done, in order. */
export type Transition = readonly [state: SchedulerState, effects: readonly SchedulerEffect[]];

/** Returns the first state, and the effects that start workers. */
export function createScheduler(settings: SchedulerSettings, queue: Queue<Task>): Transition {
  const effects: SchedulerEffect[] = [];
  return [startMissingWorkers(createSchedulerState(settings, queue), effects), effects];
}

/** Returns the state after an event, and what is to be done then. */
export function reduceScheduler(state: SchedulerState, event: SchedulerEvent): Transition {
  const effects: SchedulerEffect[] = [];
  return [nextState(state, event, effects), effects];
}

// The functions below return the next state and append to `effects`.

function nextState(state: SchedulerState, event: SchedulerEvent, effects: SchedulerEffect[]): SchedulerState {
  switch (event.type) {
    case "workerReady":
      return assignWork(acceptWorker(state, event, effects), event.worker, effects);
    case "workerIdle":
      return assignWork(state, event.worker, effects);
    case "workerUnusable":
      return dropUnusableWorker(state, event, effects);
    case "workerExited":
      return removeWorker(state, event, effects);
    case "runStarted": {
      const { tracker, steps } = progressRuns(state.runs, [event.run]);
      effects.push({ type: "addResumedSteps", steps });
      return { ...state, runs: tracker };
    }
    case "runsProgressed": {
      const { tracker, steps } = progressRuns(state.runs, event.runs);
      effects.push({ type: "addSteps", steps });
      return { ...state, runs: tracker };
    }
    case "runFinished":
      return markFinished(state, event, effects);
    case "runFailed":
      return markFailed(state, event, effects);
    case "stopRequested":
      return stopAll(state, effects);
  }
}

/**
 * The first worker that is ready decides where all train. Where GPUs are expected, a worker on the CPU decides only when no
 * other one can still turn out to be on a GPU.
 */
function acceptWorker(
  state: SchedulerState,
  event: Extract<SchedulerEvent, { readonly type: "workerReady" }>,
  effects: SchedulerEffect[],
): SchedulerState {
  const { worker, device, deviceName, usesLanes, notes } = event;
  effects.push(...notes.map((line) => ({ type: "print", line }) as const));
  const accepted = { ...withWorker(state, worker, { device, usesLanes }), failedStarts: 0 };
  const mayBeGpu =
    state.settings.gpus > 0 && activeWorkers(accepted).some(([, other]) => other.device === undefined);
  if (state.device !== undefined || (device === "cpu" && mayBeGpu)) {
    return accepted;
  }
  const decided = { ...accepted, device };
  effects.push({ type: "announceDevice", device, deviceName, workers: wantedWorkers(decided) });
  // Where a GPU was expected and the CPU is used, more workers are wanted.
  return startMissingWorkers(decided, effects);
}

function startMissingWorkers(state: SchedulerState, effects: SchedulerEffect[]): SchedulerState {
  let next = state;
  while (!next.isStopping && activeWorkers(next).length < wantedWorkers(next)) {
    next = startWorker(next, effects);
  }
  return next;
}

function startWorker(state: SchedulerState, effects: SchedulerEffect[]): SchedulerState {
  effects.push({ type: "startWorker", worker: state.nextWorker });
  return addWorker(state);
}

/** Assigns the next runs to a worker, or dismisses it. */
function assignWork(state: SchedulerState, worker: number, effects: SchedulerEffect[]): SchedulerState {
  const asking = state.workers.get(worker);
  if (asking === undefined) {
    return state;
  }
  // The worker is on the CPU because TensorFlow does not accept its GPU: those on the other GPUs do the work.
  const isMisplaced = asking.device !== state.device;
  const counted = isMisplaced ? { ...state, unusedGpus: state.unusedGpus + 1 } : state;
  const others = activeWorkers(counted).filter(([id]) => id !== worker);
  const isSurplus = others.filter(([, other]) => other.device !== undefined).length >= wantedWorkers(counted);
  const taken =
    counted.isStopping || isSurplus || isMisplaced
      ? undefined
      : takeGroup(counted.queue, groupRequest(counted, worker));
  if (taken === undefined) {
    effects.push({ type: "stopWorker", worker });
    return withWorker(counted, worker, { isDismissed: true });
  }
  const { group, rest } = taken;
  effects.push({ type: "assign", worker, tasks: group.items });
  return {
    ...withWorker(counted, worker, { lastKey: group.key }),
    queue: rest,
    runs: assignRuns(counted.runs, group.items, worker),
  };
}

function markFinished(
  state: SchedulerState,
  { name, hasNaN, accuracy }: { name: string; hasNaN: boolean; accuracy: number | undefined },
  effects: SchedulerEffect[],
): SchedulerState {
  const { tracker, steps } = finishRun(state.runs, name, hasNaN);
  const result = accuracy === undefined ? "" : `, accuracy ${accuracy.toFixed(4)}`;
  effects.push({ type: "addSteps", steps }, { type: "showFinishedRun", line: `done: ${name}${result}` });
  return { ...state, runs: tracker };
}

function markFailed(
  state: SchedulerState,
  { name, message, affectsAll }: { name: string; message: string; affectsAll: boolean },
  effects: SchedulerEffect[],
): SchedulerState {
  const task = state.runs.active.get(name)?.task;
  const { tracker, steps } = failRun(state.runs, name, message);
  if (task !== undefined) {
    effects.push({ type: "recordFailure", run: task.run, message });
  }
  effects.push({ type: "dropSteps", steps }, { type: "print", line: `failed: ${name}: ${message}` });
  const failed = { ...state, runs: tracker };
  if (!affectsAll && !state.settings.failFast) {
    return failed;
  }
  const reason = affectsAll ? "this error would affect every run" : "--fail-fast";
  return stopAll({ ...failed, stopReason: state.stopReason ?? reason }, effects);
}

/** Ends the runs of a worker that trains no more: those with a record have finished, the others failed. */
function endRunsOf(
  state: SchedulerState,
  worker: number,
  message: string,
  recorded: readonly RecordedRun[],
  effects: SchedulerEffect[],
): SchedulerState {
  let next = state;
  for (const { name } of tasksOfWorker(state.runs, worker)) {
    const record = recorded.find((run) => run.name === name);
    next =
      record === undefined
        ? markFailed(next, { name, message, affectsAll: false }, effects)
        : markFinished(next, { ...record, accuracy: undefined }, effects);
  }
  return next;
}

/** A worker that is unusable before it is ready ends the sweep; a later one takes only its own runs with it. */
function dropUnusableWorker(
  state: SchedulerState,
  event: Extract<SchedulerEvent, { readonly type: "workerUnusable" }>,
  effects: SchedulerEffect[],
): SchedulerState {
  const { worker, message, recorded } = event;
  const code = event.exitCode === exitCode.noTensorFlow ? exitCode.noTensorFlow : exitCode.runFailed;
  const wasReady = state.workers.get(worker)?.device !== undefined;
  const next = wasReady ? state : giveUp(state, message, code, effects);
  const ended = endRunsOf(next, worker, message, recorded, effects);
  effects.push({ type: "killWorker", worker });
  return ended;
}

function removeWorker(
  state: SchedulerState,
  event: Extract<SchedulerEvent, { readonly type: "workerExited" }>,
  effects: SchedulerEffect[],
): SchedulerState {
  const { worker, reason, recorded } = event;
  const exited = state.workers.get(worker);
  const workers = new Map(state.workers);
  workers.delete(worker);
  let next: SchedulerState = { ...state, workers };
  if (!state.isStopping) {
    next = endRunsOf(next, worker, `its worker ${reason}`, recorded, effects);
    if (exited !== undefined && exited.device === undefined && !exited.isDismissed) {
      next = countFailedStart(next, reason, effects);
    }
    if (next.queue.size > 0 && !next.isStopping && activeWorkers(next).length < wantedWorkers(next)) {
      next = startWorker(next, effects);
    }
  }
  if (next.workers.size === 0) {
    effects.push(endOfSweep(next));
  }
  return next;
}

function countFailedStart(state: SchedulerState, reason: string, effects: SchedulerEffect[]): SchedulerState {
  const next = { ...state, failedStarts: state.failedStarts + 1 };
  return state.device === undefined || next.failedStarts >= maxFailedStarts
    ? giveUp(next, `a worker ${reason} before it was ready`, exitCode.noTensorFlow, effects)
    : next;
}

function giveUp(
  state: SchedulerState,
  message: string,
  code: ExitCode,
  effects: SchedulerEffect[],
): SchedulerState {
  return stopAll({ ...state, unusable: state.unusable ?? { message, exitCode: code } }, effects);
}

function stopAll(state: SchedulerState, effects: SchedulerEffect[]): SchedulerState {
  if (state.isStopping) {
    return state;
  }
  effects.push({ type: "stopAllWorkers" });
  return { ...state, isStopping: true };
}

function endOfSweep({ runs, unusable, stopReason }: SchedulerState): SchedulerEffect {
  const { finished, failed, withNaN } = runs;
  if (unusable !== undefined && finished + failed.length === 0) {
    return { type: "reject", ...unusable };
  }
  return { type: "resolve", result: { finished, failed, withNaN, stopped: unusable?.message ?? stopReason } };
}
