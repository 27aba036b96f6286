import { availableParallelism } from "node:os";
import { SeglossError } from "../errors.js";
import { cellFolder } from "../results/paths.js";
import { provenance } from "../results/provenance.js";
import { readRunState } from "../results/run-state.js";
import { costOf } from "../study/lanes/cost.js";
import type { Run } from "../study/run.js";
import { signatureKey } from "../study/training.js";
import { pluralize, sweepSize } from "../terminal/messages.js";
import { openRunProgress } from "../terminal/run-progress.js";
import { createDeviceAssignment } from "./schedule/device-assignment.js";
import { type DeviceSlot, deviceSlotName, planDevices } from "./schedule/device-slots.js";
import { createQueue, type QueuedItem } from "./schedule/queue.js";
import { startScheduler } from "./schedule/scheduler-driver.js";
import type { RunSweep, SweepOptions } from "./types.js";
import { startWorker } from "./workers/process.js";
import type { Task } from "./workers/protocol.js";

/** Trains the runs of a sweep in worker processes. Throws SeglossError if no worker can train. */
export const runSweep: RunSweep = async (options) => {
  const { runs, jobs, lanes, runsPerBatch, failFast, interruption } = options;
  const { device, xla, verbose, configHash, command } = options;
  const { gpus, note } = await planDevices(device, options.gpu);
  const steps = runs.reduce((total, { cell }) => total + cell.steps, 0);
  const bar = openRunProgress({ ...options, steps, runs: runs.length });
  let stepsKept = 0;
  const keep = (show: (count: number) => void) => (count: number) => {
    stepsKept += count;
    show(count);
  };
  const display = { ...bar, addSteps: keep(bar.addSteps), addResumedSteps: keep(bar.addResumedSteps) };
  if (note !== undefined) {
    display.print(note);
  }
  const scheduler = startScheduler({
    origin: { configHash, command, provenance: provenance(), saveWeights: options.saveWeights },
    queue: createQueue(runs.map((run) => queuedTask(run, options))),
    jobs,
    cores: usableCores(),
    gpus: gpus.length,
    lanes,
    runsPerBatch,
    failFast,
    startWorker: createDeviceAssignment(gpus, (slot, events) =>
      startWorker({ device, gpu: options.gpu, ...slot, xla, verbose, lanes }, events),
    ),
    display,
    announceDevice(used, name, workers) {
      const where = used === "cpu" ? "CPU" : gpus.length > 1 ? slotNames(gpus) : name;
      display.print(startMessage(options, where, workers));
    },
    onRunsStart: options.onRunsStart,
    onRunFailed: options.onRunFailed,
    onRunFinished: options.onRunFinished ?? (() => {}),
    readRecord,
  });
  const kill = (): void => {
    scheduler.kill();
    display.close();
  };
  interruption.handle({ stop: scheduler.stop, kill });
  const abort = (): void => {
    scheduler.stop();
    scheduler.kill();
  };
  options.lost.addEventListener("abort", abort, { once: true });
  if (options.lost.aborted) {
    abort();
  }
  try {
    return { ...(await scheduler.done), stepsKept };
  } finally {
    options.lost.removeEventListener("abort", abort);
    kill();
  }
};

/** Slurm may limit a job to fewer cores than the system reports, without enforcing it. */
function usableCores(): number {
  const granted = Number(process.env.SLURM_CPUS_PER_TASK);
  const cores = availableParallelism();
  return Number.isInteger(granted) && granted > 0 ? Math.min(granted, cores) : cores;
}

function queuedTask(run: Run, { folder, nameOf }: SweepOptions): QueuedItem<Task> {
  return {
    item: { run, name: nameOf(run), folder: cellFolder(folder, run) },
    key: signatureKey(run),
    images: `${run.seed} ${run.repetition}`,
    cost: costOf(run),
  };
}

function readRecord({ run, folder }: Task): { readonly hasNaN: boolean } | undefined {
  try {
    const found = readRunState(folder, run, { checksum: false });
    return found.state === "done" ? { hasNaN: found.record.result.firstNaN !== null } : undefined;
  } catch (error) {
    // A run whose files cannot be read is not done.
    if (error instanceof SeglossError) {
      return undefined;
    }
    throw error;
  }
}

function slotNames(slots: readonly DeviceSlot[]): string {
  return `GPUs ${slots.map(deviceSlotName).join(", ")}`;
}

/** The first line of a sweep: "36 cells, 108 runs: on the CPU with 2 workers, into runs/original". */
function startMessage(
  { runs, cells, total, done, folder }: SweepOptions,
  device: string,
  workers: number,
): string {
  const left = done === 0 ? "" : `, ${done} of them done, ${runs.length} to do`;
  return `${sweepSize(cells, total)}${left}: on the ${device} with ${pluralize(workers, "worker")}, into ${folder}`;
}
