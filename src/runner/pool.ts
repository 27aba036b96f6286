import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromWorker, ToWorker, WorkerSettings } from "./messages.js";

/** A worker process. */
export interface Worker {
  send(message: ToWorker): void;
  /** Ends it at once. */
  kill(): void;
}

export interface WorkerEvents {
  readonly message: (message: FromWorker) => void;
  /** It is gone; what it said last on stderr comes along, and how it ended in words. */
  readonly exit: (how: string, said: string) => void;
}

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = fileURLToPath(new URL(`./worker.${extension}`, import.meta.url));
const keptOutput = 2000;

/** Starts a worker and tells it its settings. */
export function startWorker(settings: WorkerSettings, events: WorkerEvents): Worker {
  const child = fork(program, {
    serialization: "advanced",
    stdio: ["ignore", "ignore", settings.verbose ? "inherit" : "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-keptOutput);
  });
  child.on("message", (message) => events.message(message as FromWorker));
  child.on("error", () => {});
  child.on("close", (code, signal) => events.exit(ending(code, signal), said.trim()));
  const send = (message: ToWorker): void => {
    if (child.connected) {
      child.send(message, () => {});
    }
  };
  send({ type: "start", settings });
  return { send, kill: () => child.kill("SIGKILL") };
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
}
