import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";

// A worker takes longer to start than the program takes to load and to read its config, so the first one is
// forked before. This file imports nothing of the program, whose loading it precedes.

const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
const program = fileURLToPath(new URL(`./main.${extension}`, import.meta.url));

/** Commands that train. */
const trainingCommands = ["run", "sweep"];

/** Flags with which a worker has nothing to prepare, or prepares it otherwise. */
const otherFlags = ["--help", "-h", "--dry-run", "--verbose", "--gpu", "--device"];

/** Pools of glibc's allocator. By default every thread of TensorFlow may have its own, which costs 13 MB. */
const arenas = 2;

let early: ChildProcess | undefined;

/** Forks a worker process, which waits for its settings. `early` has it load TensorFlow meanwhile. */
export function forkWorker(
  stderr: "inherit" | "pipe",
  mode: "early" | "settings" = "settings",
): ChildProcess {
  // A worker opens no connections, and Node would take 20 ms to read these certificates.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  return fork(program, [String(process.pid), mode], {
    env: { MALLOC_ARENA_MAX: String(arenas), ...env },
    serialization: "advanced",
    stdio: ["ignore", "ignore", stderr, "ipc"],
  });
}

/** Forks the first worker if these arguments of the program look as if it were needed. */
export function startEarlyWorker([command = "", ...flags]: readonly string[]): void {
  const isOther = (flag: string): boolean => otherFlags.some((other) => flag.split("=")[0] === other);
  if (!trainingCommands.includes(command) || flags.some(isOther)) {
    return;
  }
  early = forkWorker("pipe", "early");
  early.on("error", () => {});
  // A program that does not take it ends nevertheless, and the worker with it.
  setReferenced(early, false);
}

/** Returns the worker that was forked early, once and if it is alive. */
export function takeEarlyWorker(): ChildProcess | undefined {
  const worker = early;
  early = undefined;
  if (worker?.connected !== true) {
    return undefined;
  }
  setReferenced(worker, true);
  return worker;
}

/** Sets whether a child keeps this process from ending. */
function setReferenced(child: ChildProcess, referenced: boolean): void {
  const stderr = child.stderr as (NodeJS.ReadableStream & { ref?(): void; unref?(): void }) | null;
  if (referenced) {
    child.ref();
    child.channel?.ref();
    stderr?.ref?.();
  } else {
    child.unref();
    child.channel?.unref();
    stderr?.unref?.();
  }
}
