import { exitCode, firstLine, SeglossError } from "../../errors.js";
import { clearXlaCache } from "../../tensorflow/index.js";
import { openRowStream } from "../runs/row-stream.js";
import { type Engine, openEngine, prepareEngine } from "./engine.js";
import { killWithParent } from "./parent-watch.js";
import type { FromWorker, SweepOrigin, Task, ToWorker, WorkerSettings } from "./protocol.js";

// The program of a worker process: trains what its parent sends, and ends when its parent does.

const [parentId, mode] = process.argv.slice(2);
const parent = Number(parentId);
let isStopping = false;
let isVerbose = false;
/** The work under way; the next is chained to it, so that there is one thing at a time. */
let work: Promise<unknown> = Promise.resolve();
let engine: Engine | undefined;
let lastSent: Promise<void> = Promise.resolve();
const stream = openRowStream(report);

// Ctrl-C in a terminal, and a terminal that closes, reach every process: the parent decides what they mean.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {});
}
process.on("disconnect", () => process.exit());
killWithParent(parent);
process.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "start":
      enqueue(() => start(message.settings));
      break;
    case "train":
      enqueue(() => train(message.tasks, message.origin));
      break;
    case "stream":
      enqueue(async () => stream.train(message.run, openedEngine().trainer, message.weights));
      break;
    case "more":
      stream.more();
      break;
    case "stop":
      isStopping = true;
      // The channel closes only after the last report has left.
      enqueue(() => lastSent).then(() => process.disconnect?.());
      break;
  }
});

if (mode === "early") {
  enqueue(prepareEngine);
}

function enqueue(task: () => Promise<unknown>): Promise<unknown> {
  work = work.then(task).catch(reportUnusable);
  return work;
}

async function start(settings: WorkerSettings): Promise<void> {
  isVerbose = settings.verbose;
  engine = await openEngine(settings);
  const { device, deviceName, usesLanes, notes } = engine;
  report({ type: "ready", device, deviceName, usesLanes, notes });
}

async function train(tasks: readonly Task[], origin: SweepOrigin): Promise<void> {
  // Loaded here, since a single run does without its checkpoints and their schema library.
  const { trainBatch } = await import("../runs/batch.js");
  await trainBatch(tasks, {
    engine: openedEngine(),
    origin,
    report,
    shouldStop: () => isStopping,
    // "disconnect" is handled only between calls of TensorFlow; the parent may have died since.
    isOrphan: () => process.ppid !== parent,
  });
  report({ type: "idle" });
}

function openedEngine(): Engine {
  if (engine === undefined) {
    throw new Error("a worker received runs before it was started");
  }
  return engine;
}

function report(message: FromWorker): void {
  lastSent = new Promise((resolve) => {
    process.send === undefined ? resolve() : process.send(message, () => resolve());
  });
}

function reportUnusable(error: unknown): void {
  if (error instanceof SeglossError) {
    report({ type: "unusable", message: error.message, exitCode: error.exitCode });
    return;
  }
  // A damaged compiled program in the cache may be the cause.
  clearXlaCache();
  const stack = isVerbose && error instanceof Error ? `\n${error.stack}` : "";
  report({ type: "unusable", message: `${firstLine(error)}${stack}`, exitCode: exitCode.runFailed });
}
