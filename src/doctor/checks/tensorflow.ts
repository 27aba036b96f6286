import { backend, loadTensorFlow } from "../../tensorflow/backend.js";
import type { NvidiaDriver } from "../../tensorflow/gpu/nvidia-driver.js";
import { explainUnusedGpu } from "../../tensorflow/gpu/selection.js";
import { setupCommand } from "../../tensorflow/native/binding.js";
import type { NativeLibrary } from "../../tensorflow/native/manifest.js";
import { type DoctorFinding, ok, wrong } from "../finding.js";
import { mendCommand } from "./software.js";

/** What the study computes with stored numbers to compare; the study itself offers it. */
export type SelfTest = () => Promise<{ readonly ok: boolean; readonly detail: string }>;

/** Loads TensorFlow: its own version, the device it computes on, and the self-test. */
export async function examineEngine(
  library: NativeLibrary | undefined,
  driver: NvidiaDriver,
  options: { readonly verbose: boolean; readonly selfTest?: SelfTest | undefined },
): Promise<DoctorFinding[]> {
  if (library === undefined) {
    return [wrong("TensorFlow", "not set up", setupCommand)];
  }
  try {
    await loadTensorFlow({ verbose: options.verbose });
  } catch (error) {
    return [wrong("TensorFlow", messageOf(error), mendCommand(library))];
  }
  const { binding, isUsingGpuDevice } = backend();
  return [
    ok("TensorFlow", binding.TF_Version),
    examineDevice(isUsingGpuDevice, library, driver),
    ...(options.selfTest === undefined ? [] : [await examineNumbers(options.selfTest, library)]),
  ];
}

/** A driver that cannot be used is told as such, and once. */
function examineDevice(usesGpu: boolean, library: NativeLibrary, driver: NvidiaDriver): DoctorFinding {
  if (usesGpu || library.variant === "cpu" || driver.state !== "usable") {
    return ok("device", usesGpu ? "GPU" : "CPU");
  }
  const why = explainUnusedGpu(library, driver, process.env.CUDA_VISIBLE_DEVICES);
  return wrong("device", "CPU, though the GPU variant is set up", why);
}

async function examineNumbers(selfTest: SelfTest, library: NativeLibrary): Promise<DoctorFinding> {
  try {
    const { ok: agrees, detail } = await selfTest();
    return agrees ? ok("self-test", detail) : wrong("self-test", detail, mendCommand(library));
  } catch (error) {
    return wrong("self-test", messageOf(error), mendCommand(library));
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
