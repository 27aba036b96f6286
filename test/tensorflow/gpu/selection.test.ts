import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { explainUnusedGpu, findGpu, usableGpus } from "../../../src/tensorflow/gpu/selection.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const unlisted = { state: "usable", version: "550.54.15", gpus: [] } as const;
const two = {
  ...unlisted,
  gpus: ["A100", "H100"].map((name, index) => ({
    index,
    name,
    memoryMiB: 80000,
    freeMiB: 79000,
    computeCapability: "9.0",
    uuid: `GPU-${name}-0000`,
  })),
};
const cpuLibrary = {
  version: 1,
  tensorflow: "2.21.0",
  variant: "cpu",
  wheels: [],
  files: [],
  binding: "b",
  folder: "",
} as const;
const gpuLibrary = { ...cpuLibrary, variant: "gpu" } as const;

/** Creates a library in which no file of NVIDIA's is missing, because none opens any. */
function createCompleteLibrary(): string {
  const folder = createTemporaryFolder("gpu");
  for (const file of ["bin/ptxas", "nvvm/libdevice/libdevice.10.bc"]) {
    const path = join(folder, "nvidia/cuda_nvcc", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
  return folder;
}

test("The reason for an unused GPU is the driver before anything else", () => {
  assert.match(explainUnusedGpu(cpuLibrary, { state: "none" }, undefined), /no NVIDIA driver/);
  const old = { state: "unusable", version: "470", problem: "Too old.", remedy: "Update." } as const;
  assert.equal(explainUnusedGpu(undefined, old, undefined), "Too old. Update.");
});

test("The CPU variant is a reason for an unused GPU, with the command for the other variant", () => {
  const why = explainUnusedGpu(cpuLibrary, unlisted, undefined);
  assert.match(why, /CPU variant.*npm run setup -- --device gpu/);
});

test("A missing CUDA library is a reason for an unused GPU, by name", () => {
  const empty = { ...gpuLibrary, folder: createTemporaryFolder("gpu") };
  assert.match(explainUnusedGpu(empty, unlisted, undefined), /missing: .*ptxas/);
});

test("A number that no card has, or a variable that hides all cards, is a reason for an unused GPU", () => {
  const library = { ...gpuLibrary, folder: createCompleteLibrary() };
  assert.equal(
    explainUnusedGpu(library, two, "7"),
    "There is no GPU 7. Take one of those that nvidia-smi lists: 0 (A100), 1 (H100).",
  );
  assert.match(explainUnusedGpu(library, two, "1"), /TensorFlow does not accept GPU 1\. .*doctor --verbose/);
  assert.match(
    explainUnusedGpu(library, two, "-1"),
    /CUDA_VISIBLE_DEVICES=-1 hides the GPUs.* 0 \(A100\), 1 \(H100\)/,
  );
});

test("The usable GPUs are all, or those that the variable lists, or the requested one", () => {
  assert.deepEqual(usableGpus(gpuLibrary, two, undefined, undefined), ["0", "1"]);
  assert.deepEqual(usableGpus(gpuLibrary, two, undefined, "1"), ["1"]);
  assert.deepEqual(usableGpus(gpuLibrary, two, undefined, "GPU-H100, GPU-A100"), ["GPU-H100", "GPU-A100"]);
  assert.deepEqual(usableGpus(gpuLibrary, two, undefined, "0,-1,1"), ["0"]);
  assert.deepEqual(usableGpus(gpuLibrary, two, "1", "0"), ["1"]);
  assert.deepEqual(usableGpus(gpuLibrary, unlisted, undefined, undefined), [undefined]);
});

test("No GPU is usable without a driver, with the CPU variant, and where all are hidden", () => {
  assert.deepEqual(usableGpus(gpuLibrary, { state: "none" }, "0", undefined), []);
  assert.deepEqual(usableGpus(cpuLibrary, two, "0", undefined), []);
  assert.deepEqual(usableGpus(undefined, two, undefined, undefined), []);
  assert.deepEqual(usableGpus(gpuLibrary, two, undefined, "-1"), []);
  assert.deepEqual(usableGpus(gpuLibrary, two, undefined, ""), []);
});

test("A card is found by its number and by CUDA's name of it", () => {
  assert.equal(findGpu(two, "1")?.name, "H100");
  assert.equal(findGpu(two, "GPU-H100")?.name, "H100");
  assert.equal(findGpu(two, undefined)?.name, "A100");
  assert.equal(findGpu(two, "1,0")?.name, "H100");
  assert.equal(findGpu(two, "MIG-12"), undefined);
  assert.equal(findGpu({ state: "none" }, "0"), undefined);
});
