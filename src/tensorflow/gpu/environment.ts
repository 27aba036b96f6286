import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { NativeLibrary } from "../native/manifest.js";

const require = createRequire(import.meta.url);

/** Returns whether a library may use a GPU in a process with this environment. */
export function mayUseGpu({ variant }: NativeLibrary, env: NodeJS.ProcessEnv = process.env): boolean {
  return variant === "gpu" && env.CUDA_VISIBLE_DEVICES !== "-1";
}

/**
 * Sets the variables that CUDA, cuDNN, XLA and TensorFlow read when they start on a GPU, unless the user has
 * set them. They ask for full float32 and for the same numbers in every run.
 */
export function setGpuEnvironment({ folder }: NativeLibrary, env: NodeJS.ProcessEnv = process.env): void {
  // By default CUDA numbers the fastest card 0; nvidia-smi numbers cards by their slots.
  env.CUDA_DEVICE_ORDER ??= "PCI_BUS_ID";
  // By default TensorFlow reserves the whole card, so that no other program can use it.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  env.TF_DETERMINISTIC_OPS ??= "1";
  env.NVIDIA_TF32_OVERRIDE ??= "0";
  env.XLA_FLAGS = withFlags(env.XLA_FLAGS, {
    // The folder of libdevice and ptxas. XLA's own guesses match the wheels' folders only in a Python
    // program.
    xla_gpu_cuda_data_dir: join(folder, "nvidia/cuda_nvcc"),
    // By default XLA times several kernels and takes the fastest, which may be another one the next time.
    xla_gpu_deterministic_ops: "true",
  });
}

/**
 * Turns TF32 off in TensorFlow itself, for which no variable exists. Call it after TensorFlow has loaded.
 * Throws if the addon is missing.
 */
export function turnOffTf32({ binding }: NativeLibrary): void {
  require(join(dirname(binding), "tf32.node"));
}

/** Appends `--name=value` for each flag that is not there yet. */
function withFlags(before: string | undefined, flags: Readonly<Record<string, string>>): string {
  const added = Object.entries(flags)
    .filter(([name]) => !before?.includes(`--${name}`))
    .map(([name, value]) => `--${name}=${/\s/.test(value) ? `"${value}"` : value}`);
  return [before ?? "", ...added].join(" ").trim();
}
