import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findCudaLibraries } from "../../../src/tensorflow/gpu/cuda-libraries.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";
import { writeElf } from "../../helpers/tiny-elf.js";

/** [package of the wheels, library] */
const libraries: readonly (readonly [string, string])[] = [
  ["cuda_runtime", "libcudart.so.12"],
  ["cublas", "libcublas.so.12"],
  ["cublas", "libcublasLt.so.12"],
  ["cublas", "libcusolver.so.11"],
  ["cublas", "libnvrtc.so.12"],
  ["cufft", "libcufft.so.11"],
  ["cusparse", "libcusparse.so.12"],
  ["cudnn", "libcudnn.so.9"],
  ["cudnn", "libcudnn_graph.so.9"],
  ["cudnn", "libcudnn_ops.so.9"],
  ["cudnn", "libcudnn_cnn.so.9"],
  ["cudnn", "libcudnn_adv.so.9"],
  ["cudnn", "libcudnn_heuristic.so.9"],
  ["cudnn", "libcudnn_engines_precompiled.so.9"],
  ["cudnn", "libcudnn_engines_runtime_compiled.so.9"],
  ["nvrtc", "libnvrtc.so.12"],
  ["nvrtc", "libnvrtc-builtins.so.12.8"],
  ["nvjitlink", "libnvJitLink.so.12"],
  ["cuda_cupti", "libcupti.so.12"],
  ["nccl", "libnccl.so.2"],
];

/**
 * Creates a small GPU library: it has every file, and each file names the libraries that the real one names.
 */
function createGpuLibrary(): string {
  const folder = createTemporaryFolder("cuda");
  const packages = [...new Set(libraries.map(([name]) => name))];
  const runPath = packages.map((name) => `$ORIGIN/../nvidia/${name}/lib`).join(":");
  writeElf(join(folder, "tensorflow/libtensorflow_framework.so.2"), ["libc.so.6"], runPath);
  writeElf(join(folder, "tensorflow/libtensorflow_cc.so.2"), ["libtensorflow_framework.so.2"], "$ORIGIN/");
  for (const [home, name] of libraries) {
    const needed = name === "libcusparse.so.12" ? ["libnvJitLink.so.12", "libm.so.6"] : ["libcuda.so.1"];
    writeElf(
      join(folder, "nvidia", home, "lib", name),
      needed,
      "$ORIGIN:$ORIGIN/../../nvjitlink/lib:$ORIGIN/../../nvrtc/lib",
    );
  }
  for (const path of ["bin/ptxas", "nvvm/libdevice/libdevice.10.bc"]) {
    mkdirSync(dirname(join(folder, "nvidia/cuda_nvcc", path)), { recursive: true });
    writeFileSync(join(folder, "nvidia/cuda_nvcc", path), "");
  }
  return folder;
}

function missingIn(folder: string): string[] {
  return findCudaLibraries(folder)
    .filter(({ path }) => path === undefined)
    .map(({ name, openedBy }) => `${name} for ${openedBy}`);
}

test("All CUDA libraries are found if each is on the run path of the file that opens it", () => {
  assert.deepEqual(missingIn(createGpuLibrary()), []);
});

test("A missing library is reported with the file that opens it", () => {
  const folder = createGpuLibrary();
  rmSync(join(folder, "nvidia/cublas/lib/libcusolver.so.11"));
  rmSync(join(folder, "nvidia/nvjitlink/lib/libnvJitLink.so.12"));
  assert.deepEqual(missingIn(folder), [
    "libcusolver.so.11 for tensorflow/libtensorflow_framework.so.2",
    "libnvJitLink.so.12 for nvidia/cusparse/lib/libcusparse.so.12",
  ]);
});

test("A library outside the run path is reported as missing", () => {
  const folder = createGpuLibrary();
  writeElf(join(folder, "tensorflow/libtensorflow_framework.so.2"), [], "$ORIGIN/../nvidia/cublas/lib");
  assert.ok(missingIn(folder).includes("libcudart.so.12 for tensorflow/libtensorflow_framework.so.2"));
});

test("The files that XLA needs to compile are reported if they are missing", () => {
  const folder = createGpuLibrary();
  rmSync(join(folder, "nvidia/cuda_nvcc/bin/ptxas"));
  assert.deepEqual(missingIn(folder), ["nvidia/cuda_nvcc/bin/ptxas for XLA"]);
});

test("The driver's and the system's libraries are not listed, nor is a link's target twice", () => {
  const folder = createGpuLibrary();
  symlinkSync("libcudart.so.12", join(folder, "nvidia/cuda_runtime/lib/libcudart.so"));
  const names = findCudaLibraries(folder).map(({ name }) => name);
  assert.ok(!names.includes("libcuda.so.1") && !names.includes("libc.so.6") && !names.includes("libm.so.6"));
  assert.equal(names.filter((name) => name === "libcudart.so.12").length, 1);
});
