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

/** A GPU for a worker of its own. */
export interface DeviceSlot {
  /** As CUDA_VISIBLE_DEVICES names it; undefined is whichever CUDA takes first. */
  readonly gpu: string | undefined;
  /** What the driver says of it, if anything. */
  readonly card: Gpu | undefined;
}

export interface DevicePlan {
  /** The GPUs to train on; none for the CPU, and where only TensorFlow can tell whether there is one. */
  readonly gpus: readonly DeviceSlot[];
  /** Why a GPU that the machine has is left unused, though any would have been welcome. */
  readonly note: string | undefined;
}

/** Where to train, without loading TensorFlow. */
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

/** planPlaces() over what it looks at. */
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
  // Whoever hides the GPUs knows why.
  const isWelcome = device === "auto" && visibleDevices === undefined && gpus.length === 0;
  const isThere = driver.state === "usable" || (driver.state === "unusable" && library?.variant === "gpu");
  return { gpus, note: isWelcome && isThere ? explainUnusedGpu(library, driver, undefined) : undefined };
}

/** What records and people are told of a place: "NVIDIA H100 (GPU 0)". */
export function deviceSlotName({ gpu, card }: DeviceSlot): string {
  const number = `GPU ${card?.index ?? gpu ?? 0}`;
  return card === undefined ? number : `${card.name} (${number})`;
}
