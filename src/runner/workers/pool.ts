import type { StartWorker, WorkerProcess } from "./process.js";
import type { FromWorker, ToWorker } from "./protocol.js";

/** The worker processes of a sweep that have not exited, by number. A message to one that has exited is ignored. */
export interface WorkerPool {
  start(worker: number): void;
  send(worker: number, message: ToWorker): void;
  kill(worker: number): void;
  /** Asks all workers to stop, and kills those that have not exited after `stopTimeoutMs`. */
  stopAll(): void;
  killAll(): void;
}

/** What a pool reports. */
export interface WorkerPoolEvents {
  readonly message: (worker: number, message: FromWorker) => void;
  /** A worker has exited; `reason` follows "the worker". */
  readonly exit: (worker: number, reason: string) => void;
}

/** Enough for a worker to write checkpoints. A killed one loses no more than the time since its last checkpoint. */
const stopTimeoutMs = 1200;

/** Opens a pool without workers. */
export function openWorkerPool(start: StartWorker, events: WorkerPoolEvents): WorkerPool {
  const processes = new Map<number, WorkerProcess>();
  const killAll = (): void => {
    for (const process of processes.values()) {
      process.kill();
    }
  };
  return {
    start(worker) {
      const process = start({
        message: (message) => events.message(worker, message),
        exit(reason) {
          processes.delete(worker);
          events.exit(worker, reason);
        },
      });
      processes.set(worker, process);
    },
    send: (worker, message) => processes.get(worker)?.send(message),
    kill: (worker) => processes.get(worker)?.kill(),
    stopAll() {
      for (const process of processes.values()) {
        process.send({ type: "stop" });
      }
      setTimeout(killAll, stopTimeoutMs).unref();
    },
    killAll,
  };
}
