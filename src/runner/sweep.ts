import { availableParallelism } from "node:os";
import type { Run } from "../config/cell.js";
import { SeglossError } from "../error.js";
import { cellFolder } from "../results/folder.js";
import { provenance } from "../results/provenance.js";
import { stateOf } from "../results/state.js";
import { groupKey } from "../study/trainer.js";
import type { RunSweep, SweepOptions } from "./contract.js";
import { costOf } from "./cost.js";
import { openForeman } from "./foreman.js";
import type { Task } from "./messages.js";
import { type Place, placeName, planPlaces } from "./places.js";
import { startWorker } from "./pool.js";
import { openDisplay } from "./progress.js";
import { openQueue, type Waiting } from "./queue.js";
import { openStaff } from "./staff.js";

/** Trains the runs of a sweep in worker processes. Throws SeglossError if no worker can train at all. */
export const runSweep: RunSweep = async (options) => {
  const { runs, jobs, lanes, failFast, interruption } = options;
  const { device, xla, verbose, configHash, command } = options;
  const { gpus, note } = await planPlaces(device, options.gpu);
  const steps = runs.reduce((total, { cell }) => total + cell.steps, 0);
  const display = openDisplay({ ...options, steps, runs: runs.length });
  if (note !== undefined) {
    display.line(note);
  }
  const foreman = openForeman({
    origin: { configHash, command, provenance: provenance() },
    queue: openQueue(runs.map((run) => waiting(run, options))),
    jobs,
    cores: availableParallelism(),
    gpus: gpus.length,
    lanes,
    failFast,
    start: openStaff(gpus, (place, events) =>
      startWorker({ device, gpu: options.gpu, ...place, xla, verbose, lanes }, events),
    ),
    display,
    begin: (used, name, workers) => {
      options.atBeginning();
      const where = used === "cpu" ? "CPU" : gpus.length > 1 ? gpuNames(gpus) : name;
      display.line(firstLine(options, where, workers));
    },
    recordOf,
  });
  const kill = (): void => {
    foreman.kill();
    display.close();
  };
  interruption.attend({ stop: foreman.stop, kill });
  try {
    return await foreman.done;
  } finally {
    kill();
  }
};

function waiting(run: Run, { folder, nameOf }: SweepOptions): Waiting<Task> {
  return {
    item: { run, name: nameOf(run), folder: cellFolder(folder, run) },
    key: groupKey(run),
    images: `${run.seed} ${run.run}`,
    cost: costOf(run),
  };
}

function recordOf({ run, folder }: Task): { readonly hasNaN: boolean } | undefined {
  try {
    const found = stateOf(folder, run, { checksum: false });
    return found.state === "done" ? { hasNaN: found.record.result.firstNaN !== null } : undefined;
  } catch (error) {
    // What cannot be read is not done.
    if (error instanceof SeglossError) {
      return undefined;
    }
    throw error;
  }
}

function gpuNames(gpus: readonly Place[]): string {
  return `GPUs ${gpus.map(placeName).join(", ")}`;
}

function firstLine(
  { runs, cells, total, done, folder }: SweepOptions,
  device: string,
  workers: number,
): string {
  const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
  const todo = done === 0 ? "" : `, ${done} of them done, ${runs.length} to do`;
  const where = `on the ${device} with ${count(workers, "worker")}`;
  return `${count(cells, "cell")}, ${count(total, "run")}${todo}: ${where}, into ${folder}`;
}
