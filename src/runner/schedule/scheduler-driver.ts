import { SeglossError } from "../../errors.js";
import type { Run } from "../../study/run.js";
import type { RunProgressDisplay } from "../../terminal/run-progress.js";
import type { SweepResult } from "../types.js";
import { openWorkerPool } from "../workers/pool.js";
import type { StartWorker } from "../workers/process.js";
import type { FromWorker, SweepOrigin, Task } from "../workers/protocol.js";
import type { Queue } from "./queue.js";
import { tasksOfWorker } from "./run-tracker.js";
import { createScheduler, reduceScheduler } from "./scheduler.js";
import type { RecordedRun, SchedulerEffect, SchedulerEvent } from "./scheduler-events.js";
import type { SchedulerSettings } from "./scheduler-state.js";

/** What a running scheduler needs. */
export interface SchedulerOptions extends SchedulerSettings {
  readonly queue: Queue<Task>;
  readonly origin: SweepOrigin;
  readonly startWorker: StartWorker;
  readonly display: RunProgressDisplay;
  /** Called once, when a worker is ready and it is known where training takes place. */
  readonly announceDevice: (device: "cpu" | "gpu", deviceName: string, workers: number) => void;
  /** Called when runs are assigned to a worker, just before they begin. */
  readonly onRunsStart: (runs: readonly Run[]) => void;
  /** Called when a run has failed, with the reason. */
  readonly onRunFailed: (run: Run, message: string) => void;
  /** Called when a run is finished and its record written, with its name. */
  readonly onRunFinished: (name: string) => void;
  /** Reads the record of a run; returns undefined if it has none. */
  readonly readRecord: (task: Task) => { readonly hasNaN: boolean } | undefined;
}

/** A sweep under way. */
export interface RunningScheduler {
  /** Resolves when all workers have exited. Rejects with SeglossError if no worker could train. */
  readonly done: Promise<SweepResult>;
  /** Has the workers write checkpoints and exit. */
  stop(): void;
  /** Kills the workers. */
  kill(): void;
}

/** Runs the scheduler: turns what happens to worker processes into its events, and carries out its effects. */
export function startScheduler(options: SchedulerOptions): RunningScheduler {
  const { queue, display, origin } = options;
  const pool = openWorkerPool(options.startWorker, {
    message: (worker, message) => onMessage(worker, message),
    exit(worker, reason) {
      dispatch({ type: "workerExited", worker, reason, recorded: recordedRuns(worker) });
    },
  });
  const { promise: done, resolve, reject } = deferred<SweepResult>();
  let [state, effects] = createScheduler(options, queue);
  runAll(effects);

  function dispatch(event: SchedulerEvent): void {
    [state, effects] = reduceScheduler(state, event);
    runAll(effects);
  }

  function runAll(list: readonly SchedulerEffect[]): void {
    for (const effect of list) {
      run(effect);
    }
  }

  function run(effect: SchedulerEffect): void {
    switch (effect.type) {
      case "startWorker":
        pool.start(effect.worker);
        break;
      case "assign":
        options.onRunsStart(effect.tasks.map(({ run }) => run));
        pool.send(effect.worker, { type: "train", tasks: effect.tasks, origin });
        break;
      case "stopWorker":
        pool.send(effect.worker, { type: "stop" });
        break;
      case "killWorker":
        pool.kill(effect.worker);
        break;
      case "stopAllWorkers":
        pool.stopAll();
        break;
      case "announceDevice":
        options.announceDevice(effect.device, effect.deviceName, effect.workers);
        break;
      case "recordFailure":
        options.onRunFailed(effect.run, effect.message);
        break;
      case "addSteps":
        display.addSteps(effect.steps);
        break;
      case "addResumedSteps":
        display.addResumedSteps(effect.steps);
        break;
      case "dropSteps":
        display.dropSteps(effect.steps);
        break;
      case "print":
        display.print(effect.line);
        break;
      case "showFinishedRun":
        display.finishRun(effect.line);
        break;
      case "resolve":
        resolve(effect.result);
        break;
      case "reject":
        reject(new SeglossError(effect.message, { exitCode: effect.exitCode }));
        break;
    }
  }

  function onMessage(worker: number, message: FromWorker): void {
    switch (message.type) {
      case "ready":
        dispatch({ ...message, type: "workerReady", worker });
        break;
      case "idle":
        dispatch({ type: "workerIdle", worker });
        break;
      case "unusable":
        dispatch({ ...message, type: "workerUnusable", worker, recorded: recordedRuns(worker) });
        break;
      case "runStarted":
      case "runsProgressed":
      case "runFailed":
        dispatch(message);
        break;
      case "runFinished":
        dispatch(message);
        options.onRunFinished(message.name);
        break;
    }
  }

  function recordedRuns(worker: number): readonly RecordedRun[] {
    if (state.isStopping) {
      return [];
    }
    return tasksOfWorker(state.runs, worker).flatMap((task) => {
      const record = options.readRecord(task);
      return record === undefined ? [] : [{ name: task.name, hasNaN: record.hasNaN }];
    });
  }

  return { done, stop: () => dispatch({ type: "stopRequested" }), kill: pool.killAll };
}

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((fulfil, fail) => {
    [resolve, reject] = [fulfil, fail];
  });
  return { promise, resolve, reject };
}
