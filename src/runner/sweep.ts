import { availableParallelism } from "node:os";
import { SeglossError } from "../errors.js";
import { cellFolder } from "../results/paths.js";
import { provenance } from "../results/provenance.js";
import { readRunState } from "../results/run-state.js";
import { costOf } from "../study/lanes/cost.js";
import type { Run } from "../study/run.js";
import { signatureKey } from "../study/training.js";
import { openDisplay } from "../terminal/progress.js";
import { openDeviceAssignment } from "./schedule/device-assignment.js";
import { type DeviceSlot, deviceSlotName, planDevices } from "./schedule/devices.js";
import { openQueue, type QueuedItem } from "./schedule/queue.js";
import { openScheduler } from "./schedule/scheduler.js";
import type { RunSweep, SweepOptions } from "./types.js";
import { startWorker } from "./workers/process.js";
import type { Task } from "./workers/protocol.js";

/** Trains the runs of a sweep in worker processes. Throws SeglossError if no worker can train at all. */
export const runSweep: RunSweep = async (options) => {
  const { runs, jobs, lanes, failFast, interruption } = options;
  const { device, xla, verbose, configHash, command } = options;
  const { gpus, note } = await planDevices(device, options.gpu);
  const steps = runs.reduce((total, { cell }) => total + cell.steps, 0);
  const display = openDisplay({ ...options, steps, runs: runs.length });
  if (note !== undefined) {
    display.line(note);
  }
  const foreman = openScheduler({
    origin: { configHash, command, provenance: provenance() },
    queue: openQueue(runs.map((run) => waiting(run, options))),
    jobs,
    cores: availableParallelism(),
    gpus: gpus.length,
    lanes,
    failFast,
    start: openDeviceAssignment(gpus, (place, events) =>
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

function waiting(run: Run, { folder, nameOf }: SweepOptions): QueuedItem<Task> {
  return {
    item: { run, name: nameOf(run), folder: cellFolder(folder, run) },
    key: signatureKey(run),
    images: `${run.seed} ${run.repetition}`,
    cost: costOf(run),
  };
}

function recordOf({ run, folder }: Task): { readonly hasNaN: boolean } | undefined {
  try {
    const found = readRunState(folder, run, { checksum: false });
    return found.state === "done" ? { hasNaN: found.record.result.firstNaN !== null } : undefined;
  } catch (error) {
    // What cannot be read is not done.
    if (error instanceof SeglossError) {
      return undefined;
    }
    throw error;
  }
}

function gpuNames(gpus: readonly DeviceSlot[]): string {
  return `GPUs ${gpus.map(deviceSlotName).join(", ")}`;
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
