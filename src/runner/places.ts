import { type Driver, type Gpu, readDriver } from "../tensorflow/driver.js";
import { explain, findGpu, usableGpus } from "../tensorflow/gpu.js";
import { findNative, type NativeLibrary } from "../tensorflow/native.js";
import type { Device } from "./contract.js";

/** A GPU for a worker of its own. */
export interface Place {
  /** As CUDA_VISIBLE_DEVICES names it; undefined is whichever CUDA takes first. */
  readonly gpu: string | undefined;
  /** What the driver says of it, if anything. */
  readonly card: Gpu | undefined;
}

export interface Places {
  /** The GPUs to train on; none for the CPU, and where only TensorFlow can tell whether there is one. */
  readonly gpus: readonly Place[];
  /** Why a GPU that the machine has is left unused, though any would have been welcome. */
  readonly note: string | undefined;
}

/** Where to train, without loading TensorFlow. */
export async function planPlaces(device: Device, gpu: string | undefined): Promise<Places> {
  if (device === "cpu") {
    return { gpus: [], note: undefined };
  }
  return placesOf(device, gpu, findNative(), await readDriver(), process.env.CUDA_VISIBLE_DEVICES);
}

/** planPlaces() over what it looks at. */
export function placesOf(
  device: Exclude<Device, "cpu">,
  gpu: string | undefined,
  library: NativeLibrary | undefined,
  driver: Driver,
  visibleDevices: string | undefined,
): Places {
  const gpus = usableGpus(library, driver, gpu, visibleDevices).map((id) => ({
    gpu: id,
    card: findGpu(driver, id),
  }));
  // Whoever hides the GPUs knows why.
  const isWelcome = device === "auto" && visibleDevices === undefined && gpus.length === 0;
  const isThere = driver.state === "usable" || (driver.state === "unusable" && library?.variant === "gpu");
  return { gpus, note: isWelcome && isThere ? explain(library, driver, undefined) : undefined };
}

/** What records and people are told of a place: "NVIDIA H100 (GPU 0)". */
export function placeName({ gpu, card }: Place): string {
  const number = `GPU ${card?.index ?? gpu ?? 0}`;
  return card === undefined ? number : `${card.name} (${number})`;
}
