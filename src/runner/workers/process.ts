import { clearXlaCache } from "../../tensorflow/index.js";
import { forkWorker, takeEarlyWorker } from "./early-worker.js";
import type { FromWorker, ToWorker, WorkerSettings } from "./protocol.js";

/** A worker process. */
export interface WorkerProcess {
  /** Sends a message; does nothing if the process has ended. */
  send(message: ToWorker): void;
  /** Kills the process by SIGKILL. */
  kill(): void;
}

/** What a worker process reports. */
export interface WorkerEvents {
  readonly message: (message: FromWorker) => void;
  /** The process has ended and its last message has arrived; `reason` follows "the worker": "was killed by SIGKILL". */
  readonly exit: (reason: string) => void;
}

/** Starts a worker process. */
export type StartWorker = (events: WorkerEvents) => WorkerProcess;

/** Characters of a worker's last stderr output that its exit reason quotes. */
const quotedCharacters = 2000;

/** The signals that end a process whose machine code is damaged. */
const crashSignals: readonly NodeJS.Signals[] = ["SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE"];

/** Starts a worker process and sends it its settings. */
export function startWorker(settings: WorkerSettings, events: WorkerEvents): WorkerProcess {
  const child = settings.verbose ? forkWorker("inherit") : (takeEarlyWorker() ?? forkWorker("pipe"));
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-quotedCharacters);
  });
  // The last messages may arrive after the process has ended.
  const ended = Promise.all([
    new Promise<void>((resolve) => child.once("disconnect", resolve)),
    new Promise<string>((resolve) => {
      child.once("close", (code, signal) => {
        if (signal !== null && crashSignals.includes(signal)) {
          clearXlaCache();
        }
        resolve(exitReason(code, signal));
      });
      child.once("error", (error) => resolve(`could not be started: ${error.message}`));
    }),
  ]);
  ended.then(([, reason]) => events.exit(stderr.trim() === "" ? reason : `${reason}: ${stderr.trim()}`));
  child.on("message", (message) => events.message(message as FromWorker));
  const send = (message: ToWorker): void => {
    if (child.connected) {
      child.send(message, () => {});
    }
  };
  send({ type: "start", settings });
  return { send, kill: () => child.kill("SIGKILL") };
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === null) {
    return `ended with exit code ${code}`;
  }
  // A SIGKILL that segloss did not send is usually the system's out-of-memory killer.
  const hint = signal === "SIGKILL" ? ", perhaps because the machine ran out of memory" : "";
  return `was killed by ${signal}${hint}`;
}
