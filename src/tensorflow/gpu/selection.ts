import { seglossCommandLine, setupCommandLine } from "../../installation.js";
import { findNativeLibrary } from "../native/library.js";
import type { NativeLibrary } from "../native/manifest.js";
import { findCudaLibraries } from "./cuda-libraries.js";
import { type Gpu, type NvidiaDriver, readNvidiaDriver } from "./nvidia-driver.js";

/**
 * Explains why TensorFlow uses no GPU here and what to do about it, in one sentence each. Call it after
 * TensorFlow has loaded and found none.
 */
export async function explainNoGpu(): Promise<string> {
  return explainUnusedGpu(findNativeLibrary(), await readNvidiaDriver(), process.env.CUDA_VISIBLE_DEVICES);
}

/** Does the work of explainNoGpu() for a given library, driver and CUDA_VISIBLE_DEVICES. */
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
    return `The TensorFlow that is set up is the CPU variant. Run "${setupCommandLine("--device", "gpu")}".`;
  }
  const missing = findCudaLibraries(library.folder).filter(({ path }) => path === undefined);
  if (missing.length > 0) {
    return `CUDA libraries are missing: ${missing.map(({ name }) => name).join(", ")}. Run "${setupCommandLine("--device", "gpu")}".`;
  }
  if (visibleDevices !== undefined) {
    return explainHidden(visibleDevices, driver.gpus);
  }
  return `TensorFlow does not accept the GPU. ${findReason()}`;
}

/** TensorFlow logs why it refuses a GPU; the doctor also looks for the driver's library. */
function findReason(): string {
  return `Run "${seglossCommandLine("doctor", "--verbose")}" to see why.`;
}

function explainHidden(visibleDevices: string, gpus: readonly Gpu[]): string {
  const shown = gpus.map(({ index, name }) => `${index} (${name})`).join(", ");
  const among = shown === "" ? "the numbers that nvidia-smi lists" : `those that nvidia-smi lists: ${shown}`;
  if (visibleDevices === "" || visibleDevices.startsWith("-1")) {
    return `CUDA_VISIBLE_DEVICES=${visibleDevices} hides the GPUs. Unset it, or name one of ${among}.`;
  }
  const isNumber = /^\d+$/.test(visibleDevices);
  if (isNumber && gpus.length > 0 && !gpus.some(({ index }) => index === Number(visibleDevices))) {
    return `There is no GPU ${visibleDevices}. Take one of ${among}.`;
  }
  return `TensorFlow does not accept GPU ${visibleDevices}. ${findReason()}`;
}

/**
 * Returns the GPUs that a program may use, each by its name in CUDA_VISIBLE_DEVICES: the requested one, else
 * those that the variable lists, else all that the driver lists. Returns none if the library or the driver
 * cannot use GPUs, and [undefined], which is CUDA's first GPU, if the driver lists none.
 */
export function usableGpus(
  library: NativeLibrary | undefined,
  driver: NvidiaDriver,
  requested: string | undefined,
  visibleDevices: string | undefined,
): readonly (string | undefined)[] {
  if (library?.variant !== "gpu" || driver.state !== "usable") {
    return [];
  }
  if (requested !== undefined) {
    return [requested];
  }
  if (visibleDevices !== undefined) {
    // CUDA stops at the first name that it does not know.
    const names = visibleDevices.split(",").map((name) => name.trim());
    const end = names.findIndex((name) => name === "" || name === "-1");
    return end < 0 ? names : names.slice(0, end);
  }
  const listed = driver.gpus.map(({ index }) => String(index));
  return listed.length === 0 ? [undefined] : listed;
}

/**
 * Finds the card that an entry of CUDA_VISIBLE_DEVICES names. Returns undefined if the driver does not list
 * it.
 */
export function findGpu(driver: NvidiaDriver, id: string | undefined): Gpu | undefined {
  if (driver.state !== "usable") {
    return undefined;
  }
  const first = id?.split(",")[0]?.trim() ?? "0";
  return driver.gpus.find(
    ({ index, uuid }) => String(index) === first || (first.startsWith("GPU-") && uuid.startsWith(first)),
  );
}
