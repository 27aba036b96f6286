import {
  explainUnusedGpu,
  findGpu,
  findNativeLibrary,
  type Gpu,
  type NativeLibrary,
  type NvidiaDriver,
  readNvidiaDriver,
  usableGpus,
} from "../../tensorflow/index.js";
import type { Device } from "../types.js";

/** A GPU that workers can be assigned to. */
export interface DeviceSlot {
  /** As CUDA_VISIBLE_DEVICES names it; undefined for the one that CUDA takes first. */
  readonly gpu: string | undefined;
  /** What the driver reports about it, if it does. */
  readonly card: Gpu | undefined;
}

/** Where a sweep or run is to be trained. */
export interface DevicePlan {
  /** The GPUs to train on; empty for the CPU, and where only TensorFlow can find out whether there is a GPU. */
  readonly gpus: readonly DeviceSlot[];
  /** Why a GPU of this machine is not used, if the user would have expected it. */
  readonly note: string | undefined;
}

/** Finds the GPUs to train on, without loading TensorFlow. */
export async function planDevices(device: Device, gpu: string | undefined): Promise<DevicePlan> {
  if (device === "cpu") {
    return { gpus: [], note: undefined };
  }
  return devicePlan(
    device,
    gpu,
    findNativeLibrary(),
    await readNvidiaDriver(),
    process.env.CUDA_VISIBLE_DEVICES,
  );
}

/** Returns the plan for a given library, driver and value of CUDA_VISIBLE_DEVICES. */
export function devicePlan(
  device: Exclude<Device, "cpu">,
  gpu: string | undefined,
  library: NativeLibrary | undefined,
  driver: NvidiaDriver,
  visibleDevices: string | undefined,
): DevicePlan {
  const gpus = usableGpus(library, driver, gpu, visibleDevices).map((id) => ({
    gpu: id,
    card: findGpu(driver, id),
  }));
  // A user who sets CUDA_VISIBLE_DEVICES needs no explanation.
  const wantsGpu = device === "auto" && visibleDevices === undefined && gpus.length === 0;
  const hasGpu = driver.state === "usable" || (driver.state === "unusable" && library?.variant === "gpu");
  return { gpus, note: wantsGpu && hasGpu ? explainUnusedGpu(library, driver, undefined) : undefined };
}

/** Returns the name of a slot for records and messages: "NVIDIA H100 (GPU 0)". */
export function deviceSlotName({ gpu, card }: DeviceSlot): string {
  const number = `GPU ${card?.index ?? gpu ?? 0}`;
  return card === undefined ? number : `${card.name} (${number})`;
}
