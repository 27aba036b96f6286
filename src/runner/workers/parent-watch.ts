import { Worker } from "node:worker_threads";

// A file of its own although short: it runs a second program, in a thread.

const intervalMs = 250;

// Plain JavaScript as text: a file would need the module loaders of the main thread.
const program = `
  const { workerData: parent } = require("node:worker_threads");
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  }, ${intervalMs});
`;

/**
 * Kills this process when its parent dies. A thread watches the parent, because a step or a compilation of TensorFlow can
 * block the main thread for minutes, and no other process is left to end this one.
 */
export function killWithParent(parent: number): void {
  const thread = new Worker(program, { eval: true, workerData: parent, execArgv: [] });
  thread.unref();
}
