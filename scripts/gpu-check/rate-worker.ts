import { readFileSync } from "node:fs";
import { parameterKeys, parameters } from "../../src/config/parameters.js";
import { type DeviceSlot, planDevices } from "../../src/runner/schedule/device-slots.js";
import { openEngine } from "../../src/runner/workers/engine.js";
import { bytesPerLane } from "../../src/study/lanes/memory-model.js";
import { studyLosses } from "../../src/study/losses.js";
import type { Cell, Run } from "../../src/study/run.js";
import { readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import { findGpu } from "../../src/tensorflow/gpu/selection.js";

// Runs in a process of its own: rate-worker.ts cpu|gpu on|off LANES SECONDS. Prints a Rate as JSON.

/** The speed of one program with a given number of lanes. */
export interface Rate {
  readonly device: string;
  /** Run-steps per second. */
  readonly perSecond: number;
  /** Milliseconds of one step of all lanes. */
  readonly stepMs: number;
  /** Seconds from the start of training to the end of the second block, without the time of their steps. */
  readonly compileSeconds: number;
  /** Memory of the device that training took, beyond what it took to load TensorFlow. */
  readonly memoryMiB: number;
  /** Memory by the rule of the memory model. */
  readonly ruleMiB: number;
}

const [device = "cpu", xla = "on", lanes = "1", seconds = "1"] = process.argv.slice(2);
const rate = await measure(device === "gpu" ? "gpu" : "cpu", xla === "off" ? "off" : "on", {
  lanes: Number(lanes),
  seconds: Number(seconds),
});
process.stdout.write(JSON.stringify(rate));

async function measure(
  device: "cpu" | "gpu",
  xla: "on" | "off",
  { lanes, seconds }: { readonly lanes: number; readonly seconds: number },
): Promise<Rate> {
  process.env.SEGLOSS_TEST_WIDTH = String(lanes);
  const [slot] = (await planDevices(device, undefined)).gpus;
  const engine = await openEngine({ device, ...slot, xla, verbose: false, lanes });
  const memoryBefore = await usedMiB(slot);
  const runs = Array.from({ length: lanes }, (_, index) => runOf(index));
  const started = performance.now();
  const progress = engine.trainer.train(runs);
  const advance = (): number => progress.next()?.[0]?.steps ?? 0;
  // After step 0 with the first accuracy and a whole block, everything is compiled and allocated.
  const firstSteps = advance() + advance();
  const compiled = performance.now();
  let steps = 0;
  while (performance.now() - compiled < seconds * 1000) {
    steps += advance();
  }
  const stepSeconds = (performance.now() - compiled) / 1000 / steps;
  const memoryMiB = (await usedMiB(slot)) - memoryBefore;
  progress.close();
  return {
    device: engine.deviceName,
    perSecond: lanes / stepSeconds,
    stepMs: stepSeconds * 1000,
    compileSeconds: (compiled - started) / 1000 - firstSteps * stepSeconds,
    memoryMiB,
    ruleMiB: (bytesPerLane(runOf(0)) * lanes) / 1024 ** 2,
  };
}

/**
 * Returns a run of the study's largest network that does not end. As in a sweep, three repetitions share
 * their images.
 */
function runOf(lane: number): Run {
  const defaults = Object.fromEntries(parameterKeys.map((key) => [key, parameters[key].default]));
  const cell = { ...(defaults as unknown as Cell), batchNorm: true, steps: 1_000_000 };
  return {
    cell,
    repetition: lane % 3,
    seed: 1,
    monitor: studyLosses,
    perLayer: false,
    metrics: [],
    columns: [],
  };
}

/**
 * Returns the used memory of the card, by all programs; without a card, this process's peak of the machine's
 * memory.
 */
async function usedMiB(slot: DeviceSlot | undefined): Promise<number> {
  if (slot === undefined) {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  }
  const card = findGpu(await readNvidiaDriver(), slot.gpu);
  return card?.freeMiB === undefined ? Number.NaN : card.memoryMiB - card.freeMiB;
}
