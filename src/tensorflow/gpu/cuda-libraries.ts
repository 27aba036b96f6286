import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { readElfLinks } from "./elf.js";

/** An NVIDIA library that a file of the GPU variant opens, and where that file's run path finds it. */
export interface CudaLibrary {
  readonly name: string;
  /** File that opens it, relative to the library's folder. */
  readonly openedBy: string;
  /** Relative to the library's folder; undefined if it is nowhere on the run path. */
  readonly path: string | undefined;
}

/**
 * Libraries that are opened by name at run time, so that no ELF header lists them. TensorFlow's loader opens
 * the first group, and uses no GPU if one of them but CUPTI and NCCL is missing; NVIDIA's libraries open the
 * others. libcuda.so.1 comes with the driver and is not listed.
 */
const openedByName: readonly (readonly [opener: string, names: readonly string[]])[] = [
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

/** Files that XLA needs to compile for a GPU; it looks for them beside TensorFlow's folder. */
const compilerFiles = ["nvidia/cuda_nvcc/bin/ptxas", "nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc"];

/**
 * Lists every NVIDIA library that TensorFlow's GPU variant opens, directly or through another one, once for
 * each file that opens it.
 */
export function findCudaLibraries(folder: string): CudaLibrary[] {
  const found: CudaLibrary[] = [];
  const visited = new Set<string>();
  const queue = ["tensorflow/libtensorflow_cc.so.2", ...openedByName.map(([opener]) => opener)];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (!visited.has(file) && existsSync(join(folder, file))) {
      visited.add(file);
      const libraries = librariesOf(folder, file);
      found.push(...libraries);
      queue.push(...libraries.flatMap(({ path }) => (path === undefined ? [] : [path])));
    }
  }
  return [...found, ...compilerFiles.map((name) => compilerFile(folder, name))];
}

/** Lists the NVIDIA libraries that one file opens. */
function librariesOf(folder: string, file: string): CudaLibrary[] {
  const { needed, runPath } = readElfLinks(join(folder, file));
  const names = [
    ...needed.filter(isNvidia),
    ...(openedByName.find(([opener]) => opener === file)?.[1] ?? []),
  ];
  const folders = [...new Set(runPath.map((path) => normalize(path.replace("$ORIGIN", dirname(file)))))];
  return names.map((name) => {
    const home = folders.find((path) => existsSync(join(folder, path, name)));
    return { name, openedBy: file, path: home === undefined ? undefined : join(home, name) };
  });
}

function compilerFile(folder: string, path: string): CudaLibrary {
  return { name: path, openedBy: "XLA", path: existsSync(join(folder, path)) ? path : undefined };
}

function isNvidia(name: string): boolean {
  return /^lib(cu|nv|nccl)/.test(name) && name !== "libcuda.so.1";
}
