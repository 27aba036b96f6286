import { exitCode, SeglossError } from "../../errors.js";
import { clearXlaCache } from "../../tensorflow/index.js";
import { trainBatch } from "../runs/batch.js";
import { openRowStream } from "../runs/row-stream.js";
import { type Engine, openEngine } from "./engine.js";
import { watchParent } from "./parent-watch.js";
import type { FromWorker, RunOrigin, Task, ToWorker, WorkerSettings } from "./protocol.js";

// The program of a worker process: trains what the program that started it sends, and ends with it.

const parent = Number(process.argv[2]);
let stopping = false;
let isVerbose = false;
let work: Promise<unknown> = Promise.resolve();
let engine: Engine | undefined;
let sent: Promise<void> = Promise.resolve();
const stream = openRowStream(report);

// Ctrl-C in a terminal, and a terminal that closes, reach every process: the parent decides what that means.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {});
}
process.on("disconnect", () => process.exit());
watchParent(parent);
process.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "start":
      begin(() => start(message.settings));
      break;
    case "train":
      begin(() => train(message.tasks, message.origin));
      break;
    case "stream":
      begin(async () => stream.train(message.run, ready().trainer));
      break;
    case "more":
      stream.more();
      break;
    case "stop":
      stopping = true;
      // Whatever was reported must get through before the connection ends.
      begin(() => sent).then(() => process.disconnect?.());
      break;
  }
});

function begin(task: () => Promise<unknown>): Promise<unknown> {
  work = work.then(task).catch(fail);
  return work;
}

async function start(settings: WorkerSettings): Promise<void> {
  isVerbose = settings.verbose;
  engine = await openEngine(settings);
  const { device, deviceName, usesLanes, notes } = engine;
  report({ type: "ready", device, deviceName, usesLanes, notes });
}

async function train(tasks: readonly Task[], origin: RunOrigin): Promise<void> {
  await trainBatch(tasks, {
    engine: ready(),
    origin,
    report,
    shouldStop: () => stopping,
    // The parent can be gone without the news having come through.
    isOrphan: () => process.ppid !== parent,
  });
  report({ type: "idle" });
}

function ready(): Engine {
  if (engine === undefined) {
    throw new Error("a worker was given runs before it was started");
  }
  return engine;
}

function report(message: FromWorker): void {
  sent = new Promise((resolve) => {
    process.send === undefined ? resolve() : process.send(message, () => resolve());
  });
}

function fail(error: unknown): void {
  if (error instanceof SeglossError) {
    report({ type: "unusable", message: error.message, exitCode: error.exitCode });
    return;
  }
  clearXlaCache();
  const place = isVerbose && error instanceof Error ? `\n${error.stack}` : "";
  report({ type: "unusable", message: `${firstLine(error)}${place}`, exitCode: exitCode.runFailed });
}

function firstLine(error: unknown): string {
  const [line = ""] = String(error).split("\n");
  return line;
}
