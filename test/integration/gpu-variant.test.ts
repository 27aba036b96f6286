import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { test } from "node:test";
import { hasAddons } from "../../src/setup/addons.js";
import { isComplete } from "../../src/setup/library.js";
import { findCudaLibraries } from "../../src/tensorflow/gpu/cuda-libraries.js";
import { readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import { cacheFolder } from "../../src/tensorflow/native/cache-folder.js";
import { writeSetupChoice } from "../../src/tensorflow/native/setup-choice.js";
import { findWheelSet, libraryName } from "../../src/tensorflow/native/wheels.js";
import { type ProgramResult, segloss$ } from "../helpers/program.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

// Tests TensorFlow's GPU variant on a machine without a GPU.

const wheelSet = findWheelSet("gpu");
const library = wheelSet && join(cacheFolder(), libraryName(wheelSet));
const skip = await reasonToSkip();

async function reasonToSkip(): Promise<string | false> {
  if (library === undefined) {
    return `there is no GPU variant for ${process.platform}-${process.arch}`;
  }
  if (!isComplete(library) || !hasAddons(library)) {
    return 'the GPU variant is not in the cache: "npm run setup -- --device gpu" puts it there';
  }
  return (await readNvidiaDriver()).state === "none"
    ? false
    : "this machine has an NVIDIA driver: npm run gpu-check";
}

const folder = createTemporaryFolder("gpu-variant");
const cache = createGpuCache();

/** Creates a cache in which the GPU variant is chosen, whatever is chosen in the user's cache. */
function createGpuCache(): string {
  const gpuCache = createTemporaryFolder("gpu-cache");
  if (library !== undefined) {
    symlinkSync(library, join(gpuCache, basename(library)));
  }
  writeSetupChoice(gpuCache, { device: "gpu", variant: "gpu" });
  return gpuCache;
}

/** Runs a line of shell in which "$segloss" is the program with the GPU variant. */
function runLine(line: string, env: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
  return segloss$(line, folder, { SEGLOSS_CACHE: cache, ...env });
}

/** Returns the environment of a machine whose nvidia-smi lists GPUs that TensorFlow will not find. */
function pretendGpus(folder: string, count: number): NodeJS.ProcessEnv {
  mkdirSync(folder, { recursive: true });
  const cards = Array.from(
    { length: count },
    (_, index) => `${index}, NVIDIA T0, 16000, 15000, 9.0, GPU-${index}, 550.54.15`,
  );
  writeFileSync(join(folder, "nvidia-smi"), `#!/bin/sh\necho "${cards.join("\n")}"\n`);
  chmodSync(join(folder, "nvidia-smi"), 0o755);
  writeFileSync(join(folder, "libcuda.so.1"), "");
  return { PATH: `${folder}${delimiter}${process.env.PATH}`, LD_LIBRARY_PATH: folder };
}

test("The GPU variant has every NVIDIA library where the files that open it look", { skip }, () => {
  const asked = findCudaLibraries(library ?? "");
  assert.ok(asked.length > 30);
  assert.deepEqual(
    asked.filter(({ path }) => path === undefined),
    [],
  );
});

test("--device gpu fails with exit code 3 and the reason on a machine without a GPU", { skip }, async () => {
  for (const line of ["$segloss run --device gpu --steps 1", "$segloss sweep sweep.json --device gpu"]) {
    writeFileSync(join(folder, "sweep.json"), '{"steps": 1}');
    const { code, out, err } = await runLine(line);
    assert.equal(code, 3, err);
    assert.equal(out, "");
    assert.match(err, /^segloss: --device gpu: There is no NVIDIA driver on this machine\..*\n$/);
  }
});

test("The GPU variant trains on the CPU with the bytes of the CPU variant", { skip }, async () => {
  const line = "run --batch-norm --steps 60 --loss dice";
  const [own, other] = await Promise.all([
    runLine(`$segloss ${line} -o own.csv`),
    segloss$(`$segloss ${line} -o other.csv`, folder),
  ]);
  assert.deepEqual([own.code, other.code], [0, 0], own.err + other.err);
  const bytes = readFileSync(join(folder, "own.csv"), "utf8");
  assert.equal(bytes.split("\n").length, 62);
  assert.equal(bytes, readFileSync(join(folder, "other.csv"), "utf8"));
});

test("A sweep says why it takes the CPU where the driver lists GPUs that TensorFlow refuses", {
  skip,
}, async () => {
  writeFileSync(join(folder, "few.json"), '{"steps": 2, "runs": 3}');
  const env = pretendGpus(join(folder, "driver"), 2);
  const { code, err } = await runLine("$segloss sweep few.json --out few", env);
  assert.equal(code, 0, err);
  assert.match(err, /^GPU 0 is not used: TensorFlow does not accept GPU 0\./m);
  assert.match(err, /3 runs: on the CPU with \d+ workers?,/);
  const failed = await runLine("$segloss run --device gpu --gpu 7 --steps 1", env);
  assert.equal(failed.code, 3);
  assert.match(failed.err, /There is no GPU 7. Take one of those that nvidia-smi lists: 0 \(NVIDIA T0\), 1/);
});

test("The doctor reports the missing driver as wrong for the GPU variant, and passes the self-test", {
  skip,
}, async () => {
  const { code, out } = await runLine("$segloss doctor --json");
  assert.equal(code, 3);
  const findings = new Map<string, string>(
    JSON.parse(out).findings.map(({ name, state }: { name: string; state: string }) => [name, state]),
  );
  assert.deepEqual(
    ["library", "device", "self-test", "CUDA libraries", "GPU"].map((name) => findings.get(name)),
    ["ok", "ok", "ok", "ok", "wrong"],
  );
});
