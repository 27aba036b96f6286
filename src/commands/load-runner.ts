import type { RunOne, RunSweep } from "../runner/types.js";

/** The runner is loaded only when there is something to train, so that help and mistakes are told at once. */
export async function loadRunSweep(): Promise<RunSweep> {
  const { runSweep } = await import("../runner/sweep.js");
  return runSweep;
}

/** The same for a single run. */
export async function loadRunOne(): Promise<RunOne> {
  const { runOne } = await import("../runner/single-run.js");
  return runOne;
}
