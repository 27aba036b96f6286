import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { clearXlaCache } from "../../tensorflow/index.js";
import type { FromWorker, ToWorker, WorkerSettings } from "./protocol.js";

/** A worker process. */
export interface WorkerProcess {
  send(message: ToWorker): void;
  /** Ends it at once. */
  kill(): void;
}

export interface WorkerEvents {
  readonly message: (message: FromWorker) => void;
  /** It is gone, and all that it has sent has come: how it ended, in words. */
  readonly exit: (how: string) => void;
}

export type StartWorker = (events: WorkerEvents) => WorkerProcess;

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = fileURLToPath(new URL(`./main.${extension}`, import.meta.url));
const keptOutput = 2000;

/** What ends a process whose machine code is damaged. */
const crashes: readonly NodeJS.Signals[] = ["SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE"];

/** Starts a worker process and tells it its settings. */
export function startWorker(settings: WorkerSettings, events: WorkerEvents): WorkerProcess {
  const child = fork(program, [String(process.pid)], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", settings.verbose ? "inherit" : "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-keptOutput);
  });
  // Its last messages may come after its end.
  const gone = Promise.all([
    new Promise<void>((resolve) => child.once("disconnect", resolve)),
    new Promise<string>((resolve) => {
      child.once("close", (code, signal) => {
        if (signal !== null && crashes.includes(signal)) {
          clearXlaCache();
        }
        resolve(ending(code, signal));
      });
      child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    }),
  ]);
  gone.then(([, how]) => events.exit(said.trim() === "" ? how : `${how}: ${said.trim()}`));
  child.on("message", (message) => events.message(message as FromWorker));
  const send = (message: ToWorker): void => {
    if (child.connected) {
      child.send(message, () => {});
    }
  };
  send({ type: "start", settings });
  return { send, kill: () => child.kill("SIGKILL") };
}

function ending(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) {
    return `ended with exit code ${code}`;
  }
  // Nobody but the system's out-of-memory killer does that unasked.
  const hint = signal === "SIGKILL" ? ", perhaps for want of memory" : "";
  return `was killed by ${signal}${hint}`;
}
