import { findNativeLibrary, setupCommand } from "../native/binding.js";
import type { NativeLibrary } from "../native/manifest.js";
import { findCudaLibraries } from "./cuda-libraries.js";
import { type Gpu, type NvidiaDriver, readNvidiaDriver } from "./nvidia-driver.js";

/** Why TensorFlow uses no GPU here, and what to do about it: one sentence each. To be asked after it has loaded and found none. */
export async function explainNoGpu(): Promise<string> {
  return explainUnusedGpu(findNativeLibrary(), await readNvidiaDriver(), process.env.CUDA_VISIBLE_DEVICES);
}

/** explainNoGpu() over what it looks at. */
export function explainUnusedGpu(
  library: NativeLibrary | undefined,
  driver: NvidiaDriver,
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
    return explainHidden(visibleDevices, driver.gpus);
  }
  return 'TensorFlow does not accept the GPU. "--verbose" shows what it says.';
}

function explainHidden(visibleDevices: string, gpus: readonly Gpu[]): string {
  const shown = gpus.map(({ index, name }) => `${index} (${name})`).join(", ");
  const among = shown === "" ? "the numbers that nvidia-smi shows" : `those that nvidia-smi shows: ${shown}`;
  if (visibleDevices === "" || visibleDevices.startsWith("-1")) {
    return `CUDA_VISIBLE_DEVICES=${visibleDevices} hides the GPUs. Unset it, or name one of ${among}.`;
  }
  const isNumber = /^\d+$/.test(visibleDevices);
  if (isNumber && gpus.length > 0 && !gpus.some(({ index }) => index === Number(visibleDevices))) {
    return `There is no GPU ${visibleDevices}. Take one of ${among}.`;
  }
  return `TensorFlow does not accept GPU ${visibleDevices}. "--verbose" shows what it says.`;
}

/**
 * The GPUs that a program may use, each as CUDA_VISIBLE_DEVICES names it: the one that is asked for, else what that variable
 * lists, else all that the driver shows. None if the library or the driver is not for GPUs. [undefined] stands for whichever
 * one CUDA takes first, where the driver does not list them.
 */
export function usableGpus(
  library: NativeLibrary | undefined,
  driver: NvidiaDriver,
  asked: string | undefined,
  visibleDevices: string | undefined,
): readonly (string | undefined)[] {
  if (library?.variant !== "gpu" || driver.state !== "usable") {
    return [];
  }
  if (asked !== undefined) {
    return [asked];
  }
  if (visibleDevices !== undefined) {
    // CUDA takes what stands before the first that it does not know.
    const names = visibleDevices.split(",").map((name) => name.trim());
    const end = names.findIndex((name) => name === "" || name === "-1");
    return end < 0 ? names : names.slice(0, end);
  }
  const listed = driver.gpus.map(({ index }) => String(index));
  return listed.length === 0 ? [undefined] : listed;
}

/** The card that CUDA_VISIBLE_DEVICES names so; undefined if the driver does not list it. */
export function findGpu(driver: NvidiaDriver, id: string | undefined): Gpu | undefined {
  if (driver.state !== "usable") {
    return undefined;
  }
  const first = id?.split(",")[0]?.trim() ?? "0";
  return driver.gpus.find(
    ({ index, uuid }) => String(index) === first || (first.startsWith("GPU-") && uuid.startsWith(first)),
  );
}
