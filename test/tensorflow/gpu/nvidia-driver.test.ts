import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, it } from "node:test";
import { type DriverSources, readNvidiaDriver } from "../../../src/tensorflow/gpu/nvidia-driver.js";
import { explainUnusedGpu, findGpu, usableGpus } from "../../../src/tensorflow/gpu/selection.js";

const card = "0, NVIDIA H100 80GB HBM3, 81559, 80994, 9.0, GPU-5f1c, 550.54.15";

function fails(code: string, stdout = ""): DriverSources["nvidiaSmi"] {
  return () => Promise.reject(Object.assign(new Error(`nvidia-smi: ${code}`), { code, stdout }));
}

function sources(changed: Partial<DriverSources>): DriverSources {
  return {
    nvidiaSmi: async () => `${card}\n`,
    kernelModule: () => "550.54.15",
    hasLibcuda: () => true,
    hasDevice: () => true,
    ...changed,
  };
}

const nothing: DriverSources = {
  nvidiaSmi: fails("ENOENT"),
  kernelModule: () => undefined,
  hasLibcuda: () => false,
  hasDevice: () => false,
};

async function problemOf(changed: Partial<DriverSources>): Promise<string> {
  const driver = await readNvidiaDriver(sources(changed));
  assert.ok(driver.state === "unusable", driver.state);
  assert.notEqual(driver.remedy, "");
  return driver.problem;
}

describe("readDriver", () => {
  it("finds none on a machine without NVIDIA's driver", async () => {
    assert.deepEqual(await readNvidiaDriver(nothing), { state: "none" });
  });

  it("reads cards, memory and version from nvidia-smi", async () => {
    assert.deepEqual(await readNvidiaDriver(sources({})), {
      state: "usable",
      version: "550.54.15",
      gpus: [
        {
          index: 0,
          name: "NVIDIA H100 80GB HBM3",
          memoryMiB: 81559,
          freeMiB: 80994,
          computeCapability: "9.0",
          uuid: "GPU-5f1c",
          version: "550.54.15",
        },
      ],
    });
  });

  it("does not know the free memory of a part of a card", async () => {
    const driver = await readNvidiaDriver(sources({ nvidiaSmi: async () => card.replace("80994", "[N/A]") }));
    assert.equal(driver.state === "usable" && driver.gpus[0]?.freeMiB, undefined);
  });

  it("is content without nvidia-smi if the rest is there", async () => {
    const driver = await readNvidiaDriver(sources({ nvidiaSmi: fails("ENOENT") }));
    assert.deepEqual(driver, { state: "usable", version: "550.54.15", gpus: [] });
  });

  it("names a driver that is too old for CUDA 12", async () => {
    const nvidiaSmi = async () => card.replace("550.54.15", "470.82.01");
    assert.match(await problemOf({ nvidiaSmi }), /470\.82\.01 is too old.*525/);
  });

  it("names one so old that its nvidia-smi does not know the question", async () => {
    const nvidiaSmi = fails("1", 'Field "compute_cap" is not a valid field to query.');
    assert.match(await problemOf({ nvidiaSmi, kernelModule: () => "450.80.02" }), /450\.80\.02 is too old/);
  });

  it("accepts the oldest that will do", async () => {
    const nvidiaSmi = async () => card.replace("550.54.15", "525.60.13");
    assert.equal((await readNvidiaDriver(sources({ nvidiaSmi }))).state, "usable");
  });

  it("sees a container without its GPU: the host's kernel module, but no device", async () => {
    const changed = { nvidiaSmi: fails("ENOENT"), hasDevice: () => false, hasLibcuda: () => false };
    assert.match(await problemOf(changed), /no GPU is visible here/);
    const driver = await readNvidiaDriver(sources(changed));
    assert.match(driver.state === "unusable" ? driver.remedy : "", /docker run --gpus all/);
  });

  it("sees a driver without a card, without libcuda, and an nvidia-smi that fails", async () => {
    assert.match(await problemOf({ nvidiaSmi: async () => "No devices were found\n" }), /shows no GPU/);
    assert.match(await problemOf({ hasLibcuda: () => false }), /libcuda\.so\.1/);
    const mismatch = fails("18", "Failed to initialize NVML: Driver/library version mismatch\n");
    assert.match(await problemOf({ nvidiaSmi: mismatch }), /nvidia-smi fails: Failed to initialize NVML/);
  });

  it("runs the nvidia-smi that is on the PATH", async (context) => {
    const folder = mkdtempSync(join(tmpdir(), "segloss-driver-"));
    writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\necho "${card}"\n`);
    chmodSync(join(folder, "nvidia-smi"), 0o755);
    writeFileSync(join(folder, "libcuda.so.1"), "");
    const { PATH, LD_LIBRARY_PATH } = process.env;
    context.after(() => {
      process.env.PATH = PATH;
      if (LD_LIBRARY_PATH === undefined) {
        delete process.env.LD_LIBRARY_PATH;
      } else {
        process.env.LD_LIBRARY_PATH = LD_LIBRARY_PATH;
      }
    });
    process.env.PATH = `${folder}${delimiter}${PATH}`;
    process.env.LD_LIBRARY_PATH = folder;
    const driver = await readNvidiaDriver();
    assert.equal(driver.state, "usable");
    assert.equal(driver.state === "usable" && driver.gpus[0]?.memoryMiB, 81559);
  });
});

const usable = { state: "usable", version: "550.54.15", gpus: [] } as const;
const library = { version: 1, tensorflow: "2.21.0", wheels: [], files: [], binding: "b" } as const;
const two = {
  ...usable,
  gpus: ["A100", "H100"].map((name, index) => ({
    index,
    name,
    memoryMiB: 80000,
    freeMiB: 79000,
    computeCapability: "9.0",
    uuid: `GPU-${name}-0000`,
  })),
};

describe("the reason why there is no GPU", () => {
  it("is the driver, before anything else", () => {
    assert.match(
      explainUnusedGpu({ ...library, variant: "cpu", folder: "" }, { state: "none" }, undefined),
      /no NVIDIA driver/,
    );
    const old = { state: "unusable", version: "470", problem: "Too old.", remedy: "Update." } as const;
    assert.equal(explainUnusedGpu(undefined, old, undefined), "Too old. Update.");
  });

  it("is the CPU variant, with the command for the other", () => {
    const why = explainUnusedGpu({ ...library, variant: "cpu", folder: "" }, usable, undefined);
    assert.match(why, /CPU variant.*npm run setup -- --device gpu/);
  });

  it("is a missing library by name", () => {
    const empty = mkdtempSync(join(tmpdir(), "segloss-gpu-"));
    assert.match(
      explainUnusedGpu({ ...library, variant: "gpu", folder: empty }, usable, undefined),
      /missing: .*ptxas/,
    );
  });

  it("is a number that no card has, or a variable that hides them all", () => {
    const gpu = { ...library, variant: "gpu", folder: wholeLibrary() } as const;
    assert.equal(
      explainUnusedGpu(gpu, two, "7"),
      "There is no GPU 7. Take one of those that nvidia-smi shows: 0 (A100), 1 (H100).",
    );
    assert.match(explainUnusedGpu(gpu, two, "1"), /TensorFlow does not accept GPU 1\. "--verbose"/);
    assert.match(
      explainUnusedGpu(gpu, two, "-1"),
      /CUDA_VISIBLE_DEVICES=-1 hides the GPUs.* 0 \(A100\), 1 \(H100\)/,
    );
  });
});

/** A folder in which no library of NVIDIA's is missing, because none asks for any. */
function wholeLibrary(): string {
  const folder = mkdtempSync(join(tmpdir(), "segloss-gpu-"));
  for (const file of ["bin/ptxas", "nvvm/libdevice/libdevice.10.bc"]) {
    const path = join(folder, "nvidia/cuda_nvcc", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
  return folder;
}

describe("the GPUs to use", () => {
  const gpu = { ...library, variant: "gpu", folder: "" } as const;

  it("are all, or those that the variable lists, or the one that is asked for", () => {
    assert.deepEqual(usableGpus(gpu, two, undefined, undefined), ["0", "1"]);
    assert.deepEqual(usableGpus(gpu, two, undefined, "1"), ["1"]);
    assert.deepEqual(usableGpus(gpu, two, undefined, "GPU-H100, GPU-A100"), ["GPU-H100", "GPU-A100"]);
    assert.deepEqual(usableGpus(gpu, two, undefined, "0,-1,1"), ["0"]);
    assert.deepEqual(usableGpus(gpu, two, "1", "0"), ["1"]);
    assert.deepEqual(usableGpus(gpu, usable, undefined, undefined), [undefined]);
  });

  it("are none without a driver, with the CPU variant, and where they are hidden", () => {
    assert.deepEqual(usableGpus(gpu, { state: "none" }, "0", undefined), []);
    assert.deepEqual(usableGpus({ ...gpu, variant: "cpu" }, two, "0", undefined), []);
    assert.deepEqual(usableGpus(undefined, two, undefined, undefined), []);
    assert.deepEqual(usableGpus(gpu, two, undefined, "-1"), []);
    assert.deepEqual(usableGpus(gpu, two, undefined, ""), []);
  });

  it("have the names that the driver gives them, by number and by CUDA's own name", () => {
    assert.equal(findGpu(two, "1")?.name, "H100");
    assert.equal(findGpu(two, "GPU-H100")?.name, "H100");
    assert.equal(findGpu(two, undefined)?.name, "A100");
    assert.equal(findGpu(two, "1,0")?.name, "H100");
    assert.equal(findGpu(two, "MIG-12"), undefined);
    assert.equal(findGpu({ state: "none" }, "0"), undefined);
  });
});
