import type { ExitCode } from "../../errors.js";
import type { Task } from "../workers/protocol.js";
import type { GroupRequest, Queue } from "./queue.js";
import { emptyTracker, type RunTracker } from "./run-tracker.js";

// Everything that the scheduler knows, as immutable data.

/** What the scheduler decides by; it does not change during a sweep. */
export interface SchedulerSettings {
  /** Workers at the same time; "auto" is `cores` on the CPU, and one for each of `gpus`. */
  readonly jobs: number | "auto";
  readonly cores: number;
  /** GPUs that are expected to be used; 0 for the CPU. */
  readonly gpus: number;
  /** Most runs in lanes of one compiled step; "auto" is as many as there are, as the engine limits them by the GPU's memory. */
  readonly lanes: number | "auto";
  /** Most runs that a worker without lanes is assigned at once. */
  readonly runsPerBatch: number | "auto";
  readonly failFast: boolean;
}

/** Runs that a worker without lanes trains together: they share the drawing of images. More would make the end ragged. */
const defaultRunsPerBatch = 4;

/** A worker that has not exited. */
export interface WorkerState {
  /** Undefined until it is ready. */
  readonly device: "cpu" | "gpu" | undefined;
  /** See `Engine.usesLanes`. */
  readonly usesLanes: boolean;
  /** The step signature that it has compiled last. */
  readonly lastKey: string | undefined;
  /** It was asked to stop, because there is no more work for it. */
  readonly isDismissed: boolean;
}

/** Everything that the scheduler knows. */
export interface SchedulerState {
  readonly settings: SchedulerSettings;
  readonly queue: Queue<Task>;
  readonly runs: RunTracker;
  /** By number. */
  readonly workers: ReadonlyMap<number, WorkerState>;
  readonly nextWorker: number;
  /** More workers than runs are of no use. */
  readonly maxWorkers: number;
  /** Where training takes place; undefined until the first worker decides it. */
  readonly device: "cpu" | "gpu" | undefined;
  /** GPUs on which a worker found only the CPU. */
  readonly unusedGpus: number;
  /** Workers in a row that exited before they were ready. */
  readonly failedStarts: number;
  readonly isStopping: boolean;
  /** Why the sweep ends early, if neither a signal nor `unusable` is the reason. */
  readonly stopReason: string | undefined;
  /** The first error that leaves no worker able to train. */
  readonly unusable: { readonly message: string; readonly exitCode: ExitCode } | undefined;
}

const newWorker: WorkerState = {
  device: undefined,
  usesLanes: false,
  lastKey: undefined,
  isDismissed: false,
};

/** Returns the state before any worker is started. */
export function createSchedulerState(settings: SchedulerSettings, queue: Queue<Task>): SchedulerState {
  return {
    settings,
    queue,
    runs: emptyTracker,
    workers: new Map(),
    nextWorker: 0,
    maxWorkers: queue.size,
    device: undefined,
    unusedGpus: 0,
    failedStarts: 0,
    isStopping: false,
    stopReason: undefined,
    unusable: undefined,
  };
}

/** Returns how many workers there should be. */
export function wantedWorkers({ settings, device, unusedGpus, maxWorkers }: SchedulerState): number {
  const { jobs, cores, gpus } = settings;
  const expected = device ?? (gpus > 0 ? "gpu" : "cpu");
  const auto = expected === "gpu" ? Math.max(1, gpus - unusedGpus) : cores;
  return Math.min(jobs === "auto" ? auto : jobs, maxWorkers);
}

/** Returns what to ask the queue for on behalf of a worker. */
export function groupRequest(state: SchedulerState, worker: number): GroupRequest {
  const { lanes, runsPerBatch } = state.settings;
  const { lastKey, usesLanes } = state.workers.get(worker) ?? newWorker;
  const maxLanes = lanes === "auto" ? Number.POSITIVE_INFINITY : lanes;
  const maxRuns = runsPerBatch === "auto" ? defaultRunsPerBatch : runsPerBatch;
  return {
    lastKey,
    otherKeys: activeWorkers(state).flatMap(([id, other]) => (id === worker ? [] : (other.lastKey ?? []))),
    workers: wantedWorkers(state),
    maxItems: usesLanes ? maxLanes : maxRuns,
    usesLanes,
  };
}

/** Returns the workers that were not asked to stop, with their numbers. */
export function activeWorkers({ workers }: SchedulerState): readonly (readonly [number, WorkerState])[] {
  return [...workers].filter(([, { isDismissed }]) => !isDismissed);
}

/** Returns the state with a worker added. */
export function addWorker(state: SchedulerState): SchedulerState {
  const workers = new Map(state.workers).set(state.nextWorker, newWorker);
  return { ...state, nextWorker: state.nextWorker + 1, workers };
}

/** Returns the state with a change to one worker, if there is such a worker. */
export function withWorker(
  state: SchedulerState,
  worker: number,
  change: Partial<WorkerState>,
): SchedulerState {
  const known = state.workers.get(worker);
  return known === undefined
    ? state
    : { ...state, workers: new Map(state.workers).set(worker, { ...known, ...change }) };
}
