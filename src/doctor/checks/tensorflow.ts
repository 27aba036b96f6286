import { firstLine } from "../../errors.js";
import { setupCommandLine } from "../../installation.js";
import {
  explainUnusedGpu,
  isUsingGpu,
  loadTensorFlow,
  type NativeLibrary,
  type NvidiaDriver,
  tensorflowVersion,
} from "../../tensorflow/index.js";
import { type DoctorFinding, ok, wrong } from "../finding.js";
import { repairCommand } from "./software.js";

/**
 * Compares what the study computes with stored numbers. The study provides it, so that this room need not
 * know the study.
 */
export type SelfTest = () => Promise<{ readonly ok: boolean; readonly detail: string }>;

/** Loads TensorFlow and reports its version, the device that it computes on, and the self-test. */
export async function checkTensorFlow(
  library: NativeLibrary | undefined,
  driver: NvidiaDriver,
  options: { readonly verbose: boolean; readonly selfTest?: SelfTest | undefined },
): Promise<DoctorFinding[]> {
  if (library === undefined) {
    return [wrong("TensorFlow", "not set up", setupCommandLine())];
  }
  try {
    await loadTensorFlow({ verbose: options.verbose });
  } catch (error) {
    return [wrong("TensorFlow", firstLine(error), repairCommand(library))];
  }
  return [
    ok("TensorFlow", tensorflowVersion()),
    checkDevice(isUsingGpu(), library, driver),
    ...(options.selfTest === undefined ? [] : [await checkNumbers(options.selfTest, library)]),
  ];
}

/**
 * Reports the CPU as wrong only where a GPU should have been used. A driver that is unusable has a finding of
 * its own.
 */
function checkDevice(usesGpu: boolean, library: NativeLibrary, driver: NvidiaDriver): DoctorFinding {
  if (usesGpu || library.variant === "cpu" || driver.state !== "usable") {
    return ok("device", usesGpu ? "GPU" : "CPU");
  }
  const why = explainUnusedGpu(library, driver, process.env.CUDA_VISIBLE_DEVICES);
  return wrong("device", "CPU, though the GPU variant is set up", why);
}

async function checkNumbers(selfTest: SelfTest, library: NativeLibrary): Promise<DoctorFinding> {
  try {
    const { ok: agrees, detail } = await selfTest();
    return agrees ? ok("self-test", detail) : wrong("self-test", detail, repairCommand(library));
  } catch (error) {
    return wrong("self-test", firstLine(error), repairCommand(library));
  }
}
