import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { NativeLibrary } from "../native/manifest.js";

const require = createRequire(import.meta.url);

/** Whether a library may use a GPU in a process with this environment. */
export function mayUseGpu({ variant }: NativeLibrary, env: NodeJS.ProcessEnv = process.env): boolean {
  return variant === "gpu" && env.CUDA_VISIBLE_DEVICES !== "-1";
}

/**
 * Sets what CUDA, cuDNN, XLA and TensorFlow read from the environment when they start on a GPU; what the caller has set stays.
 * The numbers shall be full float32 and the same each time.
 */
export function setGpuEnvironment({ folder }: NativeLibrary, env: NodeJS.ProcessEnv = process.env): void {
  // CUDA would number the fastest card 0; nvidia-smi, and so the user, go by the slot.
  env.CUDA_DEVICE_ORDER ??= "PCI_BUS_ID";
  // Without it TensorFlow takes the whole card and pushes other programs out.
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true";
  env.TF_DETERMINISTIC_OPS ??= "1";
  env.NVIDIA_TF32_OVERRIDE ??= "0";
  env.XLA_FLAGS = withFlags(env.XLA_FLAGS, {
    // Where it finds libdevice and ptxas; its own guesses do not match the wheels' folders when the program is not Python.
    xla_gpu_cuda_data_dir: join(folder, "nvidia/cuda_nvcc"),
    // Else it times several kernels for a product and takes the fastest, which may be another one next time.
    xla_gpu_deterministic_ops: "true",
  });
}

/** Turns TF32 off where no variable reaches, once TensorFlow is loaded. Throws if set-up is older than this program. */
export function turnOffTf32({ binding }: NativeLibrary): void {
  require(join(dirname(binding), "tf32.node"));
}

/** `--name=value` for each flag that is not there yet. */
function withFlags(before: string | undefined, flags: Readonly<Record<string, string>>): string {
  const added = Object.entries(flags)
    .filter(([name]) => !before?.includes(`--${name}`))
    .map(([name, value]) => `--${name}=${/\s/.test(value) ? `"${value}"` : value}`);
  return [before ?? "", ...added].join(" ").trim();
}
