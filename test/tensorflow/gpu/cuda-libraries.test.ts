import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { findCudaLibraries } from "../../../src/tensorflow/gpu/cuda-libraries.js";
import { readElfLinks } from "../../../src/tensorflow/gpu/elf.js";
import { findNativeLibrary } from "../../../src/tensorflow/native/binding.js";
import { writeElf } from "../../helpers/tiny-elf.js";

const directlyOpened: readonly (readonly [string, string])[] = [
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

/** A GPU library in small: every file is there, and names what the real one names. */
function makeGpuLibrary(): string {
  const folder = mkdtempSync(join(tmpdir(), "segloss-cuda-"));
  const packages = [...new Set(directlyOpened.map(([name]) => name))];
  const runPath = packages.map((name) => `$ORIGIN/../nvidia/${name}/lib`).join(":");
  writeElf(join(folder, "tensorflow/libtensorflow_framework.so.2"), ["libc.so.6"], runPath);
  writeElf(join(folder, "tensorflow/libtensorflow_cc.so.2"), ["libtensorflow_framework.so.2"], "$ORIGIN/");
  for (const [home, name] of directlyOpened) {
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
    .map(({ name, askedBy }) => `${name} for ${askedBy}`);
}

describe("the CUDA libraries that TensorFlow asks for", () => {
  it("are all found when each is on the run path of who asks", () => {
    assert.deepEqual(missingIn(makeGpuLibrary()), []);
  });

  it("are missed one by one, with who asks", () => {
    const folder = makeGpuLibrary();
    rmSync(join(folder, "nvidia/cublas/lib/libcusolver.so.11"));
    rmSync(join(folder, "nvidia/nvjitlink/lib/libnvJitLink.so.12"));
    assert.deepEqual(missingIn(folder), [
      "libcusolver.so.11 for tensorflow/libtensorflow_framework.so.2",
      "libnvJitLink.so.12 for nvidia/cusparse/lib/libcusparse.so.12",
    ]);
  });

  it("are missed where they lie outside the run path", () => {
    const folder = makeGpuLibrary();
    writeElf(join(folder, "tensorflow/libtensorflow_framework.so.2"), [], "$ORIGIN/../nvidia/cublas/lib");
    assert.ok(missingIn(folder).includes("libcudart.so.12 for tensorflow/libtensorflow_framework.so.2"));
  });

  it("include what XLA calls", () => {
    const folder = makeGpuLibrary();
    rmSync(join(folder, "nvidia/cuda_nvcc/bin/ptxas"));
    assert.deepEqual(missingIn(folder), ["nvidia/cuda_nvcc/bin/ptxas for XLA"]);
  });

  it("do not include the driver's, the system's, or a link's target twice", () => {
    const folder = makeGpuLibrary();
    symlinkSync("libcudart.so.12", join(folder, "nvidia/cuda_runtime/lib/libcudart.so"));
    const names = findCudaLibraries(folder).map(({ name }) => name);
    assert.ok(
      !names.includes("libcuda.so.1") && !names.includes("libc.so.6") && !names.includes("libm.so.6"),
    );
    assert.equal(names.filter((name) => name === "libcudart.so.12").length, 1);
  });
});

describe("readElfLinks", () => {
  it("reads names and the run path, folder by folder", () => {
    const file = join(mkdtempSync(join(tmpdir(), "segloss-elf-")), "lib.so");
    const long = `$ORIGIN/${"x".repeat(3000)}`;
    writeElf(file, ["libone.so.1", "libtwo.so.2"], `$ORIGIN:${long}:`);
    assert.deepEqual(readElfLinks(file), {
      needed: ["libone.so.1", "libtwo.so.2"],
      runPath: ["$ORIGIN", long],
    });
  });

  it("reads a library without either", () => {
    const file = join(mkdtempSync(join(tmpdir(), "segloss-elf-")), "lib.so");
    writeElf(file, []);
    assert.deepEqual(readElfLinks(file), { needed: [], runPath: [] });
  });

  it("reads the real library that is set up", { skip: process.platform !== "linux" }, () => {
    const folder = findNativeLibrary()?.folder ?? "";
    const { needed } = readElfLinks(join(folder, "tensorflow/libtensorflow_cc.so.2"));
    assert.ok(needed.includes("libtensorflow_framework.so.2") && needed.includes("libc.so.6"));
  });

  it("refuses what is no ELF library", () => {
    assert.throws(() => readElfLinks("package.json"), /not a 64-bit little-endian ELF file/);
  });
});
