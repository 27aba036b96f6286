import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { type DriverSources, readNvidiaDriver } from "../../../src/tensorflow/gpu/nvidia-driver.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const row = "0, NVIDIA H100 80GB HBM3, 81559, 80994, 9.0, GPU-5f1c, 550.54.15";

function fails(code: string, stdout = ""): DriverSources["nvidiaSmi"] {
  return () => Promise.reject(Object.assign(new Error(`nvidia-smi: ${code}`), { code, stdout }));
}

function sources(changed: Partial<DriverSources>): DriverSources {
  return {
    nvidiaSmi: async () => `${row}\n`,
    kernelModule: () => "550.54.15",
    hasLibcuda: () => true,
    hasDevice: () => true,
    ...changed,
  };
}

async function problemOf(changed: Partial<DriverSources>): Promise<string> {
  const driver = await readNvidiaDriver(sources(changed));
  assert.ok(driver.state === "unusable", driver.state);
  assert.notEqual(driver.remedy, "");
  return driver.problem;
}

test("A machine without NVIDIA's driver has none, also if a folder on PATH may not be searched", async () => {
  for (const code of ["ENOENT", "EACCES"]) {
    const none: DriverSources = {
      nvidiaSmi: fails(code),
      kernelModule: () => undefined,
      hasLibcuda: () => false,
      hasDevice: () => false,
    };
    assert.deepEqual(await readNvidiaDriver(none), { state: "none" });
  }
});

test("Cards and version are read from nvidia-smi, and a card holds nothing of the driver", async () => {
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
      },
    ],
  });
});

test("The free memory of a part of a card is unknown", async () => {
  const driver = await readNvidiaDriver(sources({ nvidiaSmi: async () => row.replace("80994", "[N/A]") }));
  assert.equal(driver.state === "usable" && driver.gpus[0]?.freeMiB, undefined);
});

test("An nvidia-smi that lists a GPU is believed, wherever the driver's library and device files are", async () => {
  const hidden = { hasLibcuda: () => false, hasDevice: () => false, kernelModule: () => undefined };
  assert.equal((await readNvidiaDriver(sources(hidden))).state, "usable");
});

test("A driver without nvidia-smi is usable if its library and a device are there", async () => {
  const driver = await readNvidiaDriver(sources({ nvidiaSmi: fails("ENOENT") }));
  assert.deepEqual(driver, { state: "usable", version: "550.54.15", gpus: [] });
  assert.match(
    await problemOf({ nvidiaSmi: fails("ENOENT"), hasLibcuda: () => false }),
    /its libcuda\.so\.1 is not/,
  );
});

test("A driver too old for CUDA 12 is refused, with or without an nvidia-smi that knows the query", async () => {
  const nvidiaSmi = async () => row.replace("550.54.15", "470.82.01");
  assert.match(await problemOf({ nvidiaSmi }), /470\.82\.01 is too old.*525/);
  const refused = fails("1", 'Field "compute_cap" is not a valid field to query.');
  const kernelModule = () => "450.80.02";
  assert.match(await problemOf({ nvidiaSmi: refused, kernelModule }), /450\.80\.02 is too old/);
});

test("The oldest driver that runs CUDA 12 is accepted", async () => {
  const nvidiaSmi = async () => row.replace("550.54.15", "525.60.13");
  assert.equal((await readNvidiaDriver(sources({ nvidiaSmi }))).state, "usable");
});

test("A container without its GPU is recognized by the host's kernel module without a device", async () => {
  const changed = { nvidiaSmi: fails("ENOENT"), hasDevice: () => false, hasLibcuda: () => false };
  assert.match(await problemOf(changed), /no GPU is visible here/);
  const driver = await readNvidiaDriver(sources(changed));
  assert.match(driver.state === "unusable" ? driver.remedy : "", /docker run --gpus all/);
});

test("An nvidia-smi that lists no GPU or fails makes the driver unusable, with its reason", async () => {
  assert.match(await problemOf({ nvidiaSmi: async () => "No devices were found\n" }), /shows no GPU/);
  const mismatch = fails("18", "Failed to initialize NVML: Driver/library version mismatch\nMore\n");
  assert.match(await problemOf({ nvidiaSmi: mismatch }), /nvidia-smi fails: Failed to initialize NVML: .*h$/);
});

test("The nvidia-smi on PATH is run", async (context) => {
  const folder = createTemporaryFolder("driver");
  writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\necho "${row}"\n`);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  const { PATH } = process.env;
  context.after(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = `${folder}${delimiter}${PATH}`;
  const driver = await readNvidiaDriver();
  assert.equal(driver.state === "usable" && driver.gpus[0]?.memoryMiB, 81559);
});
