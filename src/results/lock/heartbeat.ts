import { closeSync, constants, fstatSync, futimesSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isFileError } from "../fs/errors.js";

// A process on another machine, or in another container, cannot be looked up. So a lock's owner touches its file again and
// again, and others watch whether it does. Only changes of the time count: the clocks of machines need not agree.

const { O_NOFOLLOW, O_RDONLY } = constants;

/** Seconds between two heartbeats. Tests shorten them. */
export const heartbeatSeconds = Number(process.env.SEGLOSS_HEARTBEAT_SECONDS ?? 15);

/** The lock of a process that missed this number of heartbeats is that of a dead one. */
const missedBeats = 4;

/** Touches a lock's file regularly until stopped, without keeping the process alive. */
export interface Heartbeat {
  stop(): void;
}

/** Starts the heartbeat of a lock. Calls `onLost` once if its file is gone or has another text, and ends. */
export function startHeartbeat(path: string, text: string, onLost: () => void): Heartbeat {
  const timer = setInterval(() => {
    if (!touchLock(path, text)) {
      clearInterval(timer);
      onLost();
    }
  }, heartbeatSeconds * 1000);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Sets the time of a lock's file. Returns false if the lock is lost. */
function touchLock(path: string, text: string): boolean {
  try {
    return withFile(path, (descriptor) => {
      if (readFileSync(descriptor, "utf8") !== text) {
        return false;
      }
      const now = Date.now() / 1000;
      futimesSync(descriptor, now, now);
      return true;
    });
  } catch (error) {
    if (!isFileError(error)) {
      throw error;
    }
    // Any other error may pass, and the next heartbeat finds out.
    return !["ENOENT", "ESTALE", "ELOOP", "ENOTDIR"].includes(error.code ?? "");
  }
}

/** What was seen of a lock while it was watched. */
export type Watched = "touched" | "silent" | "changed" | "interrupted";

/**
 * Watches a lock with this text for four of its heartbeats. "touched": its owner is running; "silent": it is not; "changed":
 * the lock is gone or has another text. Ends early, also once `shouldStop` returns true.
 */
export async function watchLock(
  path: string,
  text: string,
  beats: number,
  shouldStop: () => boolean,
): Promise<Watched> {
  const end = performance.now() + beats * missedBeats * 1000;
  const first = timeOf(path, text);
  while (performance.now() < end) {
    await sleep(Math.min(1000, beats * 250));
    if (shouldStop()) {
      return "interrupted";
    }
    const time = timeOf(path, text);
    if (time === undefined) {
      return "changed";
    }
    if (time !== first) {
      return "touched";
    }
  }
  return first === undefined ? "changed" : "silent";
}

/** Returns the time of a lock's file; undefined if it is gone or has another text. */
function timeOf(path: string, text: string): bigint | undefined {
  try {
    // Opening a file is what makes a network file system ask its server.
    return withFile(path, (descriptor) =>
      readFileSync(descriptor, "utf8") === text ? fstatSync(descriptor, { bigint: true }).mtimeNs : undefined,
    );
  } catch (error) {
    if (isFileError(error)) {
      return undefined;
    }
    throw error;
  }
}

function withFile<Result>(path: string, work: (descriptor: number) => Result): Result {
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW);
  try {
    return work(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
