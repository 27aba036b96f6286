import { availableParallelism } from "node:os";
import { exitCode, SeglossError } from "../error.js";
import { cellFolder } from "../results/folder.js";
import { provenance } from "../results/provenance.js";
import { groupKey } from "../study/trainer.js";
import type { RunSweep, Signal, SweepOptions, SweepOutcome } from "./contract.js";
import type { FromWorker, Task } from "./messages.js";
import { startWorker, type Worker } from "./pool.js";
import { type Display, openDisplay } from "./progress.js";
import { openQueue, type Queue } from "./queue.js";
import { onSignals } from "./signals.js";

/** Runs that one worker trains in turn on a CPU: they share the drawing of images. More would only make the ends ragged. */
const cpuLanes = 4;

/** A worker that does not stop within this time is killed: it loses no more than since its last checkpoint. */
const patienceMs = 1500;

/** A worker and what it has in hand. */
interface Post {
  readonly worker: Worker;
  lastKey: string | undefined;
  /** Names of the runs that it has been given and not reported. */
  readonly open: Set<string>;
  device: "cpu" | "gpu" | undefined;
}

/** Trains the runs of a sweep in worker processes. Throws SeglossError if no worker can train at all. */
export const runSweep: RunSweep = async (options) => {
  const sweep = openSweep(options);
  const release = onSignals(sweep.interrupt, sweep.kill);
  try {
    return await sweep.done;
  } finally {
    release();
    sweep.kill();
    sweep.display.close();
  }
};

function openSweep(options: SweepOptions) {
  const queue = openQueue(
    options.runs.map((run) => ({
      run,
      key: groupKey(run),
      item: { run, name: options.nameOf(run), folder: cellFolder(options.folder, run) } satisfies Task,
    })),
  );
  const steps = options.runs.reduce((total, { cell }) => total + cell.steps, 0);
  const display = openDisplay({ ...options, steps, runs: options.runs.length });
  const settings = {
    device: options.device,
    ...(options.gpu === undefined ? {} : { gpu: options.gpu }),
    verbose: options.verbose,
    configHash: options.configHash,
    command: options.command,
    provenance: provenance(),
  };
  const state = {
    finished: 0,
    failed: [] as { name: string; message: string }[],
    withNaN: [] as string[],
    interrupted: undefined as Signal | undefined,
    stopping: false,
    unfit: undefined as SeglossError | undefined,
    announced: false,
  };
  const posts = new Set<Post>();
  let settle: (outcome: SweepOutcome) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const done = new Promise<SweepOutcome>((resolve, fail) => {
    settle = resolve;
    reject = fail;
  });

  const wanted = Math.min(
    options.jobs === "auto" ? availableParallelism() : options.jobs,
    options.runs.length,
  );
  for (let index = 0; index < wanted; index++) {
    addPost();
  }

  function addPost(): void {
    const post: Post = {
      worker: startWorker(settings, {
        message: (message) => hear(post, message),
        exit: (how, said) => leave(post, how, said),
      }),
      lastKey: undefined,
      open: new Set(),
      device: undefined,
    };
    posts.add(post);
  }

  function hear(post: Post, message: FromWorker): void {
    switch (message.type) {
      case "ready":
        post.device = message.device;
        announce(message.device);
        assign(post);
        break;
      case "idle":
        assign(post);
        break;
      case "steps":
        display.steps(message.steps);
        break;
      case "finished":
        post.open.delete(message.name);
        state.finished += 1;
        if (message.hasNaN) {
          state.withNaN.push(message.name);
        }
        display.run(finishedLine(message));
        break;
      case "failed":
        post.open.delete(message.name);
        fail(message.name, message.message);
        break;
      case "unfit":
        giveUp(post, message);
        break;
    }
  }

  function announce(device: string): void {
    if (!state.announced) {
      state.announced = true;
      display.line(firstLine(options, device, wanted));
    }
  }

  function assign(post: Post): void {
    const group = state.stopping
      ? undefined
      : queue.take(post.lastKey, mostLanes(post, options, queue), wanted);
    if (group === undefined) {
      post.worker.send({ type: "stop" });
      return;
    }
    post.lastKey = group.key;
    for (const { name } of group.items) {
      post.open.add(name);
    }
    post.worker.send({ type: "train", tasks: group.items });
  }

  function fail(name: string, message: string): void {
    state.failed.push({ name, message });
    display.line(`failed: ${name}: ${message}`);
    if (options.failFast) {
      stopAll();
    }
  }

  /** A worker that could not start ends the sweep; one that fell over takes only its own runs along. */
  function giveUp(post: Post, { message, exitCode: code }: Extract<FromWorker, { type: "unfit" }>): void {
    if (post.device === undefined) {
      const known = code === exitCode.noTensorFlow ? exitCode.noTensorFlow : exitCode.runFailed;
      state.unfit ??= new SeglossError(message, { exitCode: known });
      stopAll();
      return;
    }
    for (const name of post.open) {
      fail(name, message);
    }
    post.open.clear();
    post.worker.kill();
  }

  function leave(post: Post, how: string, said: string): void {
    posts.delete(post);
    if (!state.stopping) {
      for (const name of post.open) {
        fail(name, `its worker ${how}${said === "" ? "" : `: ${said}`}`);
      }
      if (post.device === undefined && state.unfit === undefined) {
        state.unfit = new SeglossError(
          `a worker ${how} before it was ready${said === "" ? "" : `:\n${said}`}`,
          {
            exitCode: exitCode.noTensorFlow,
          },
        );
        stopAll();
      } else if (queue.size() > 0 && !state.stopping) {
        addPost();
      }
    }
    if (posts.size === 0) {
      end();
    }
  }

  function end(): void {
    display.close();
    if (state.unfit !== undefined && state.interrupted === undefined) {
      reject(state.unfit);
      return;
    }
    const { finished, failed, withNaN, interrupted } = state;
    if (interrupted !== undefined && !options.quiet) {
      const through = options.done + finished;
      process.stderr.write(
        `Interrupted: ${through} of ${options.total} runs done. To go on: ${options.resumeCommand}\n`,
      );
    }
    settle({ finished, failed, interrupted, withNaN });
  }

  function stopAll(): void {
    state.stopping = true;
    for (const post of posts) {
      post.worker.send({ type: "stop" });
    }
    setTimeout(kill, patienceMs).unref();
  }

  function interrupt(signal: Signal): void {
    state.interrupted ??= signal;
    stopAll();
  }

  function kill(): void {
    for (const post of posts) {
      post.worker.kill();
    }
  }

  return { display: display as Display, done, interrupt, kill };
}

function mostLanes(post: Post, { lanes }: SweepOptions, queue: Queue<Task>): number {
  if (lanes !== "auto") {
    return lanes;
  }
  return post.device === "gpu" ? queue.size() : cpuLanes;
}

function firstLine({ runs, total, done, folder }: SweepOptions, device: string, workers: number): string {
  const cells = new Set(runs.map(({ cell }) => JSON.stringify(cell))).size;
  const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
  const already = done === 0 ? "" : `, ${done} of them done`;
  return `${count(total, "run")}${already}, ${count(runs.length, "run")} of ${count(cells, "cell")} to do on the ${device.toUpperCase()} with ${count(workers, "worker")}, into ${folder}`;
}

function finishedLine({ name, accuracy }: Extract<FromWorker, { type: "finished" }>): string {
  return accuracy === null ? `done: ${name}` : `done: ${name}, accuracy ${accuracy.toFixed(4)}`;
}
