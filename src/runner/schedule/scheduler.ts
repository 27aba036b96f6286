import { exitCode, SeglossError } from "../../errors.js";
import type { Display } from "../../terminal/progress.js";
import { openWorkerPool, type PooledWorker } from "../workers/pool.js";
import type { StartWorker } from "../workers/process.js";
import type { FromWorker, RunOrigin, Task } from "../workers/protocol.js";
import type { Queue, WorkRequest } from "./queue.js";
import { openRunTracker, type RunCounts } from "./run-tracker.js";

// Who gets what, and what became of it: the whole of a sweep but its processes and its screen.

/** What the foreman works with. */
export interface SchedulerOptions {
  readonly queue: Queue<Task>;
  readonly origin: RunOrigin;
  /** Workers at once; "auto" is `cores`, or one for each of `gpus`. */
  readonly jobs: number | "auto";
  readonly cores: number;
  /** GPUs that are expected to be used; 0 for the CPU. */
  readonly gpus: number;
  readonly lanes: number | "auto";
  readonly failFast: boolean;
  readonly start: StartWorker;
  readonly display: Display;
  /** Called once, when it is known where the training takes place and that it can. */
  readonly begin: (device: "cpu" | "gpu", deviceName: string, workers: number) => void;
  /** The record of a run, if it has one: a worker may die between writing and telling it. */
  readonly recordOf: (task: Task) => { readonly hasNaN: boolean } | undefined;
}

/** What became of the runs, and why not all were tried, if anything but the caller was the reason. */
export interface SchedulerResult extends RunCounts {
  readonly stopped: string | undefined;
}

export interface Scheduler {
  /** Resolves when all workers are gone. Rejects with a SeglossError if none could begin. */
  readonly done: Promise<SchedulerResult>;
  /** Has the workers keep what they have and end. */
  readonly stop: () => void;
  /** Ends the workers at once. */
  readonly kill: () => void;
}

/** Runs that one worker trains in turn on a CPU: they share the drawing of images. More would only make the ends ragged. */
const cpuLanes = 4;

/** So many workers in a row may die before they are ready, once one has been. */
const mostStillborn = 3;

type Ready = Extract<FromWorker, { readonly type: "ready" }>;

/** Starts workers and deals the runs out to them, until all are done or somebody calls `stop`. */
export function openScheduler(options: SchedulerOptions): Scheduler {
  const { queue, display } = options;
  const posts = openWorkerPool(options.start, {
    message: (post, message) => hear(post, message),
    exit: (post, how) => leave(post, how),
  });
  const ledger = openRunTracker<PooledWorker>(display);
  let stillborn = 0;
  let misplaced = 0;
  let device: "cpu" | "gpu" | undefined;
  let stopped: string | undefined;
  let unfit: SeglossError | undefined;
  const { promise: done, resolve, reject } = deferred<SchedulerResult>();

  const workers = (): number => {
    const expected = device ?? (options.gpus > 0 ? "gpu" : "cpu");
    const auto = expected === "gpu" ? Math.max(1, options.gpus - misplaced) : options.cores;
    return Math.min(options.jobs === "auto" ? auto : options.jobs, workersUseful);
  };
  const workersUseful = queue.size();

  const hear = (post: PooledWorker, message: FromWorker): void => {
    switch (message.type) {
      case "ready":
        settle(post, message);
        assign(post);
        break;
      case "idle":
        assign(post);
        break;
      case "runStarted":
        ledger.begin(message.run.name, message.run.steps);
        break;
      case "runsProgressed":
        for (const { name, steps } of message.runs) {
          ledger.reach(name, steps);
        }
        break;
      case "runFinished":
        ledger.finish(message.name, message.hasNaN, message.accuracy);
        break;
      case "runFailed":
        fail(message.name, message.message, message.affectsAll);
        break;
      case "unusable":
        dismiss(post, message.message, message.exitCode);
        break;
    }
  };

  /** The first to be ready tells where all train; but where GPUs are expected, the CPU is what is left when none of them is used. */
  const settle = (post: PooledWorker, { device: where, deviceName, usesLanes, notes }: Ready): void => {
    post.device = where;
    post.usesLanes = usesLanes;
    stillborn = 0;
    notes.forEach(display.line);
    const mayBeGpu = options.gpus > 0 && posts.active().some((other) => other.device === undefined);
    if (device === undefined && (where === "gpu" || !mayBeGpu)) {
      device = where;
      options.begin(where, deviceName, workers());
      // A GPU was expected, and there is none.
      while (posts.active().length < workers()) {
        posts.hire();
      }
    }
  };

  const assign = (post: PooledWorker): void => {
    const others = posts.active().filter((other) => other !== post);
    const isSurplus = others.filter((other) => other.device !== undefined).length >= workers();
    // On one of several GPUs, which TensorFlow does not accept: the others do the work.
    const isMisplaced = post.device !== device;
    misplaced += isMisplaced ? 1 : 0;
    const group =
      posts.isStopping() || isSurplus || isMisplaced ? undefined : queue.take(asking(post, others));
    if (group === undefined) {
      posts.dismiss(post);
      return;
    }
    post.lastKey = group.key;
    ledger.give(group.items, post);
    post.worker.send({ type: "train", tasks: group.items, origin: options.origin });
  };

  const asking = ({ lastKey, usesLanes }: PooledWorker, others: readonly PooledWorker[]): WorkRequest => ({
    lastKey,
    elsewhere: others.flatMap((other) => other.lastKey ?? []),
    workers: workers(),
    most: options.lanes !== "auto" ? options.lanes : usesLanes ? Number.POSITIVE_INFINITY : cpuLanes,
    usesLanes,
  });

  const fail = (name: string, message: string, affectsAll: boolean): void => {
    ledger.fail(name, message);
    if (affectsAll) {
      stopFor("what this run met, any other would meet");
    } else if (options.failFast) {
      stopFor("--fail-fast");
    }
  };

  const stopFor = (reason: string): void => {
    stopped ??= reason;
    posts.stop();
  };

  /** A worker that could not begin ends the sweep; one that fell over takes only its own runs along. */
  const dismiss = (post: PooledWorker, message: string, code: number): void => {
    if (post.device === undefined) {
      const known = code === exitCode.noTensorFlow ? exitCode.noTensorFlow : exitCode.runFailed;
      giveUp(new SeglossError(message, { exitCode: known }));
    }
    failOpen(post, message);
    post.worker.kill();
  };

  const failOpen = (post: PooledWorker, message: string): void => {
    for (const task of ledger.heldBy(post)) {
      const record = options.recordOf(task);
      if (record === undefined) {
        fail(task.name, message, false);
      } else {
        ledger.finish(task.name, record.hasNaN, undefined);
      }
    }
  };

  const giveUp = (error: SeglossError): void => {
    unfit ??= error;
    posts.stop();
  };

  const leave = (post: PooledWorker, how: string): void => {
    if (!posts.isStopping()) {
      failOpen(post, `its worker ${how}`);
      replace(post, how);
    }
    if (posts.areAllGone()) {
      end();
    }
  };

  const replace = (post: PooledWorker, how: string): void => {
    if (post.device === undefined && !post.isDismissed) {
      stillborn += 1;
      if (device === undefined || stillborn >= mostStillborn) {
        giveUp(
          new SeglossError(`a worker ${how}, before it could begin`, { exitCode: exitCode.noTensorFlow }),
        );
      }
    }
    if (!posts.isStopping() && queue.size() > 0 && posts.active().length < workers()) {
      posts.hire();
    }
  };

  const end = (): void => {
    const result = ledger.result();
    if (unfit !== undefined && result.finished + result.failed.length === 0) {
      reject(unfit);
    } else {
      resolve({ ...result, stopped: unfit?.message ?? stopped });
    }
  };

  for (let count = workers(); count > 0; count--) {
    posts.hire();
  }
  return { done, stop: posts.stop, kill: posts.kill };
}

function deferred<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((keep, fail) => {
    [resolve, reject] = [keep, fail];
  });
  return { promise, resolve, reject };
}
