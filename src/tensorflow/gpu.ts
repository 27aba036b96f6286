import { findCudaLibraries } from "./cuda.js";
import { type Driver, readDriver } from "./driver.js";
import { findNative, type NativeLibrary, setupCommand } from "./native.js";

/** Why TensorFlow uses no GPU here, and what to do about it: one sentence each. To be asked after it has loaded and found none. */
export async function explainNoGpu(): Promise<string> {
  return explain(findNative(), await readDriver(), process.env.CUDA_VISIBLE_DEVICES);
}

/** explainNoGpu() over what it looks at. */
export function explain(
  library: NativeLibrary | undefined,
  driver: Driver,
  visibleDevices: string | undefined,
): string {
  if (driver.state === "none") {
    return "There is no NVIDIA driver on this machine. Use --device cpu, or install the driver.";
  }
  if (driver.state === "unusable") {
    return `${driver.problem} ${driver.remedy}`;
  }
  if (library?.variant !== "gpu") {
    return `The TensorFlow that is set up is the CPU variant. Run "${setupCommand} -- --device gpu".`;
  }
  const missing = findCudaLibraries(library.folder).filter(({ path }) => path === undefined);
  if (missing.length > 0) {
    return `CUDA libraries are missing: ${missing.map(({ name }) => name).join(", ")}. Run "${setupCommand} -- --device gpu".`;
  }
  if (visibleDevices !== undefined) {
    return `CUDA_VISIBLE_DEVICES=${visibleDevices} hides the GPUs. Unset it, or name one of the numbers that nvidia-smi shows.`;
  }
  return 'TensorFlow does not accept the GPU. "--verbose" shows what it says.';
}
