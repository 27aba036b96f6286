import assert from "node:assert/strict";
import { test } from "node:test";
import { devicePlan, deviceSlotName } from "../../../src/runner/schedule/device-slots.js";
import type { NvidiaDriver } from "../../../src/tensorflow/gpu/nvidia-driver.js";
import type { NativeLibrary } from "../../../src/tensorflow/native/manifest.js";

const library = {
  version: 1,
  tensorflow: "2.21.0",
  wheels: [],
  files: [],
  binding: "b",
  folder: "/",
} as const;
const gpuLibrary: NativeLibrary = { ...library, variant: "gpu" };
const cpuLibrary: NativeLibrary = { ...library, variant: "cpu" };
const cards = ["A100", "H100"].map((name, index) => ({
  ...{ index, name, memoryMiB: 80000, freeMiB: 79000, computeCapability: "9.0", uuid: `GPU-${name}` },
}));
const usable: NvidiaDriver = { state: "usable", version: "550", gpus: cards };
const hidden: NvidiaDriver = {
  state: "unusable",
  version: "550",
  problem: "No GPU is visible.",
  remedy: "Mend it.",
};

test("The plan has a slot for every GPU, or one for the GPU that was asked for", () => {
  const names = (gpu?: string): string[] =>
    devicePlan("auto", gpu, gpuLibrary, usable, undefined).gpus.map(deviceSlotName);
  assert.deepEqual(names(), ["A100 (GPU 0)", "H100 (GPU 1)"]);
  assert.deepEqual(names("1"), ["H100 (GPU 1)"]);
  assert.deepEqual(names("7"), ["GPU 7"]);
});

test("The plan is the CPU with a reason where there is a GPU that cannot be used", () => {
  assert.deepEqual(devicePlan("auto", undefined, cpuLibrary, usable, undefined), {
    gpus: [],
    note: 'The TensorFlow that is set up is the CPU variant. Run "npm run setup -- --device gpu".',
  });
  assert.equal(
    devicePlan("auto", undefined, gpuLibrary, hidden, undefined).note,
    "No GPU is visible. Mend it.",
  );
});

test("The plan is the CPU without a note where a user does not expect a GPU", () => {
  const cpu = { gpus: [], note: undefined };
  assert.deepEqual(devicePlan("auto", undefined, gpuLibrary, { state: "none" }, undefined), cpu);
  assert.deepEqual(devicePlan("auto", undefined, cpuLibrary, hidden, undefined), cpu);
  assert.deepEqual(devicePlan("auto", undefined, gpuLibrary, usable, "-1"), cpu);
  // With --device gpu a worker is started all the same, and fails with the reason.
  assert.deepEqual(devicePlan("gpu", undefined, cpuLibrary, usable, undefined), cpu);
});
