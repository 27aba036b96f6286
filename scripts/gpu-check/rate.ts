import { readFileSync } from "node:fs";
import { parameterKeys, parameters } from "../../src/config/parameters.js";
import { type DeviceSlot, planDevices } from "../../src/runner/schedule/devices.js";
import { openEngine } from "../../src/runner/workers/engine.js";
import { bytesPerLane } from "../../src/study/lanes/memory-model.js";
import { studyLosses } from "../../src/study/losses.js";
import type { Cell, Run } from "../../src/study/run.js";
import { readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import { findGpu } from "../../src/tensorflow/gpu/selection.js";

/** How fast so many lanes are trained together. */
export interface Rate {
  readonly device: string;
  /** Run-steps. */
  readonly perSecond: number;
  /** One step of all lanes. */
  readonly stepMs: number;
  /** From the start of the first call to its end, less what its steps take. */
  readonly compileSeconds: number;
  /** What the process has taken of the device's memory beyond what it had taken with TensorFlow loaded, and what the rule reckons with. */
  readonly memoryMiB: number;
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
  const [place] = (await planDevices(device, undefined)).gpus;
  const engine = await openEngine({ device, ...place, xla, verbose: false, lanes });
  const takenBefore = await takenMiB(place);
  const runs = Array.from({ length: lanes }, (_, index) => runOf(index));
  const begun = performance.now();
  const progress = engine.trainer.train(runs);
  const advance = (): number => progress.next()?.[0]?.steps ?? 0;
  // Step 0 with the first accuracy, then a whole block: all is compiled and has its place in memory.
  const firstSteps = advance() + advance();
  const compiled = performance.now();
  let steps = 0;
  while (performance.now() - compiled < seconds * 1000) {
    steps += advance();
  }
  const stepSeconds = (performance.now() - compiled) / 1000 / steps;
  const taken = (await takenMiB(place)) - takenBefore;
  progress.close();
  return {
    device: engine.deviceName,
    perSecond: lanes / stepSeconds,
    stepMs: stepSeconds * 1000,
    compileSeconds: (compiled - begun) / 1000 - firstSteps * stepSeconds,
    memoryMiB: taken,
    ruleMiB: (bytesPerLane(runOf(0)) * lanes) / 1024 ** 2,
  };
}

/** Endless runs of the study's largest program; as in a sweep, three run numbers share their images. */
function runOf(lane: number): Run {
  const defaults = Object.fromEntries(parameterKeys.map((key) => [key, parameters[key].default]));
  const cell = { ...(defaults as unknown as Cell), batchNorm: true, steps: 1_000_000 };
  return { cell, repetition: lane % 3, seed: 1, monitor: studyLosses, perLayer: false, columns: [] };
}

/** What is taken of a card's memory, by anyone; without a card, the most that this process has had of the machine's. */
async function takenMiB(place: DeviceSlot | undefined): Promise<number> {
  if (place === undefined) {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
  }
  const card = findGpu(await readNvidiaDriver(), place.gpu);
  return card?.freeMiB === undefined ? Number.NaN : card.memoryMiB - card.freeMiB;
}
