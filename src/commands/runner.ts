import type { RunOne, RunSweep } from "../runner/contract.js";

/** The runner is loaded only when there is something to train, so that help and mistakes are told at once. */
export async function loadRunSweep(): Promise<RunSweep> {
  const file: string = "../runner/sweep.js";
  const { runSweep } = (await import(file)) as { readonly runSweep: RunSweep };
  return runSweep;
}

/** The same for a single run. */
export async function loadRunOne(): Promise<RunOne> {
  const file: string = "../runner/single.js";
  const { runOne } = (await import(file)) as { readonly runOne: RunOne };
  return runOne;
}
