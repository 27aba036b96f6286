import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { readElfLinks } from "./elf.js";

/** A library of NVIDIA's that something in the GPU variant asks for, and where its run path finds it. */
export interface CudaLibrary {
  readonly name: string;
  /** File that asks for it, relative to the library's folder. */
  readonly askedBy: string;
  /** undefined if it is nowhere on the run path. */
  readonly path: string | undefined;
}

/**
 * What is opened by name at run time, and so stands in no ELF header: the first by TensorFlow's own loader (without any one of them but
 * CUPTI and NCCL it uses no GPU), the others by NVIDIA's libraries. The driver's own, libcuda.so.1, is not among them: it comes with the driver.
 */
const opened: readonly (readonly [opener: string, names: readonly string[]])[] = [
  [
    "tensorflow/libtensorflow_framework.so.2",
    [
      ...["libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcufft.so.11", "libcusolver.so.11"],
      ...["libcusparse.so.12", "libcudnn.so.9", "libcupti.so.12", "libnccl.so.2"],
    ],
  ],
  ["nvidia/cublas/lib/libcublasLt.so.12", ["libnvrtc.so.12"]],
  [
    "nvidia/cudnn/lib/libcudnn.so.9",
    ["libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9", "libcudnn_adv.so.9"],
  ],
  [
    "nvidia/cudnn/lib/libcudnn_graph.so.9",
    [
      ...["libcudnn_heuristic.so.9", "libcudnn_engines_precompiled.so.9"],
      ...["libcudnn_engines_runtime_compiled.so.9", "libnvrtc.so.12"],
    ],
  ],
  ["nvidia/nvrtc/lib/libnvrtc.so.12", ["libnvrtc-builtins.so.12.8"]],
];

/** What XLA calls and reads to compile for a GPU; it looks beside TensorFlow's folder. */
const compilerFiles = ["nvidia/cuda_nvcc/bin/ptxas", "nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc"];

/** Every NVIDIA library that TensorFlow's GPU variant asks for, directly or through another, each once per asker. */
export function findCudaLibraries(folder: string): CudaLibrary[] {
  const found: CudaLibrary[] = [];
  const asked = new Set<string>();
  const queue = ["tensorflow/libtensorflow_cc.so.2", ...opened.map(([opener]) => opener)];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (!asked.has(file) && existsSync(join(folder, file))) {
      asked.add(file);
      const libraries = askedBy(folder, file);
      found.push(...libraries);
      queue.push(...libraries.flatMap(({ path }) => (path === undefined ? [] : [path])));
    }
  }
  return [...found, ...compilerFiles.map((name) => compilerFile(folder, name))];
}

function askedBy(folder: string, file: string): CudaLibrary[] {
  const { needed, runPath } = readElfLinks(join(folder, file));
  const names = [...needed.filter(isNvidia), ...(opened.find(([opener]) => opener === file)?.[1] ?? [])];
  const folders = [...new Set(runPath.map((path) => normalize(path.replace("$ORIGIN", dirname(file)))))];
  return names.map((name) => {
    const home = folders.find((path) => existsSync(join(folder, path, name)));
    return { name, askedBy: file, path: home === undefined ? undefined : join(home, name) };
  });
}

function compilerFile(folder: string, path: string): CudaLibrary {
  return { name: path, askedBy: "XLA", path: existsSync(join(folder, path)) ? path : undefined };
}

function isNvidia(name: string): boolean {
  return /^lib(cu|nv|nccl)/.test(name) && name !== "libcuda.so.1";
}
