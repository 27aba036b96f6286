import type { StartWorker, WorkerProcess } from "./process.js";
import type { FromWorker } from "./protocol.js";

/** A worker, and what is known of it. */
export interface PooledWorker {
  readonly worker: WorkerProcess;
  /** Undefined until it is ready. */
  device: "cpu" | "gpu" | undefined;
  usesLanes: boolean;
  /** What it has compiled last. */
  lastKey: string | undefined;
  /** It has been told to end, as there is nothing left for it. */
  isDismissed: boolean;
}

/** All workers of a sweep that have not ended. */
export interface WorkerPool {
  readonly hire: () => void;
  /** Those that are not dismissed. */
  readonly active: () => readonly PooledWorker[];
  readonly areAllGone: () => boolean;
  readonly dismiss: (post: PooledWorker) => void;
  /** Has all keep what they have and end; who does not within some time is killed. A second call does nothing. */
  readonly stop: () => void;
  readonly isStopping: () => boolean;
  /** Ends all at once. */
  readonly kill: () => void;
}

export interface WorkerPoolEvents {
  readonly message: (post: PooledWorker, message: FromWorker) => void;
  /** It is gone, how in words. */
  readonly exit: (post: PooledWorker, how: string) => void;
}

/** A worker that does not stop within this time is killed: it loses no more than since its last checkpoint. */
const patienceMs = 1200;

/** Opens an empty list of workers, who are started by `start`. */
export function openWorkerPool(start: StartWorker, events: WorkerPoolEvents): WorkerPool {
  const posts = new Set<PooledWorker>();
  let isStopping = false;
  const kill = (): void => {
    for (const { worker } of posts) {
      worker.kill();
    }
  };
  return {
    hire() {
      const worker = start({
        message: (message) => events.message(post, message),
        exit(how) {
          posts.delete(post);
          events.exit(post, how);
        },
      });
      const post: PooledWorker = {
        worker,
        device: undefined,
        usesLanes: false,
        lastKey: undefined,
        isDismissed: false,
      };
      posts.add(post);
    },
    active: () => [...posts].filter(({ isDismissed }) => !isDismissed),
    areAllGone: () => posts.size === 0,
    dismiss(post) {
      post.isDismissed = true;
      post.worker.send({ type: "stop" });
    },
    stop() {
      if (!isStopping) {
        isStopping = true;
        for (const { worker } of posts) {
          worker.send({ type: "stop" });
        }
        setTimeout(kill, patienceMs).unref();
      }
    },
    isStopping: () => isStopping,
    kill,
  };
}
