import { SeglossError } from "../error.js";
import { trainCrew } from "./crew.js";
import { type Engine, openEngine } from "./engine.js";
import type { FromWorker, Task, ToWorker, WorkerSettings } from "./messages.js";

// The program of a worker process: trains what its sweep sends it, and ends with it.

let stopping = false;
let work: Promise<void> = Promise.resolve();
let engine: Engine | undefined;
let settings: WorkerSettings | undefined;

// Ctrl-C in a terminal reaches every process: the sweep decides what it means.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// The sweep is gone, however it went.
process.on("disconnect", () => process.exit());
process.on("message", (message: ToWorker) => {
  if (message.type === "stop") {
    stopping = true;
    work.finally(() => process.disconnect?.());
  } else {
    work = work.then(() => perform(message)).catch(fail);
  }
});

async function perform(message: Exclude<ToWorker, { type: "stop" }>): Promise<void> {
  if (message.type === "train") {
    await train(message.tasks);
    return;
  }
  settings = message.settings;
  engine = await openEngine({ ...settings, lanes: Number.MAX_SAFE_INTEGER });
  report({ type: "ready", device: engine.device, tensorflow: engine.tensorflow });
}

async function train(tasks: readonly Task[]): Promise<void> {
  if (engine === undefined || settings === undefined) {
    throw new Error("a worker was given runs before it was started");
  }
  await trainCrew(tasks, { engine, settings, report, shouldStop: () => stopping });
  report({ type: "idle" });
}

function report(message: FromWorker): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  const known = error instanceof SeglossError;
  const text = known
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  report({ type: "unfit", message: text, exitCode: known ? error.exitCode : 1 });
}
