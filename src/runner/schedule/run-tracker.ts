import type { RunProgress, Task } from "../workers/protocol.js";

// Which worker has which run, how far each is, and how each ended. Immutable: every function returns a new tracker.

/** A run that is assigned to a worker and has not ended. */
interface TrackedRun {
  readonly task: Task;
  readonly worker: number;
  readonly steps: number;
}

/** The state of all runs that have left the queue. */
export interface RunTracker {
  /** By name. */
  readonly active: ReadonlyMap<string, TrackedRun>;
  readonly finished: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** Names of finished runs with a NaN. */
  readonly withNaN: readonly string[];
}

/** A tracker after a change, and the steps by which the change moved runs forward. */
export interface TrackerChange {
  readonly tracker: RunTracker;
  readonly steps: number;
}

/** A tracker without runs. */
export const emptyTracker: RunTracker = { active: new Map(), finished: 0, failed: [], withNaN: [] };

/** Adds runs that were assigned to a worker. */
export function assignRuns(tracker: RunTracker, tasks: readonly Task[], worker: number): RunTracker {
  const active = new Map(tracker.active);
  for (const task of tasks) {
    active.set(task.name, { task, worker, steps: 0 });
  }
  return { ...tracker, active };
}

/** Sets how many steps of runs are done. Ignores runs that have ended. */
export function progressRuns(tracker: RunTracker, runs: readonly RunProgress[]): TrackerChange {
  const active = new Map(tracker.active);
  let gained = 0;
  for (const { name, steps } of runs) {
    const run = active.get(name);
    if (run !== undefined) {
      gained += steps - run.steps;
      active.set(name, { ...run, steps });
    }
  }
  return { tracker: { ...tracker, active }, steps: gained };
}

/** Ends a run as finished. Returns with it the steps that were not reported before. */
export function finishRun(tracker: RunTracker, name: string, hasNaN: boolean): TrackerChange {
  const { active, steps } = removeRun(tracker, name);
  const withNaN = hasNaN ? [...tracker.withNaN, name] : tracker.withNaN;
  return { tracker: { ...tracker, active, withNaN, finished: tracker.finished + 1 }, steps };
}

/** Ends a run as failed. Returns with it the steps that will not be trained. */
export function failRun(tracker: RunTracker, name: string, message: string): TrackerChange {
  const { active, steps } = removeRun(tracker, name);
  return { tracker: { ...tracker, active, failed: [...tracker.failed, { name, message }] }, steps };
}

/** Returns the runs of a worker that have not ended. */
export function tasksOfWorker({ active }: RunTracker, worker: number): readonly Task[] {
  return [...active.values()].filter((run) => run.worker === worker).map(({ task }) => task);
}

function removeRun(
  tracker: RunTracker,
  name: string,
): Pick<RunTracker, "active"> & { readonly steps: number } {
  const run = tracker.active.get(name);
  const active = new Map(tracker.active);
  active.delete(name);
  return { active, steps: run === undefined ? 0 : run.task.run.cell.steps - run.steps };
}
