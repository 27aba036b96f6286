import { Worker } from "node:worker_threads";

const intervalMs = 250;

// Plain JavaScript in a text: a thread's file would need the main thread's loaders.
const program = `
  const { workerData: parent } = require("node:worker_threads");
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, ${intervalMs});
`;

/**
 * Ends this process when its parent is gone. A thread of its own looks after that: TensorFlow may keep the main one busy for
 * as long as a step or a compilation takes, and nobody is left who would end it.
 */
export function watchParent(parent: number): void {
  const thread = new Worker(program, { eval: true, workerData: parent, execArgv: [] });
  thread.unref();
}
