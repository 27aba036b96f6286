import { readNvidiaDriver } from "../tensorflow/gpu/nvidia-driver.js";
import { findNativeLibrary } from "../tensorflow/native/binding.js";
import { examineCache } from "./checks/cache.js";
import { examineCuda, examineGpus } from "./checks/gpus.js";
import { examineProcessor } from "./checks/processor.js";
import { examineLibrary, examineSoftware } from "./checks/software.js";
import { examineEngine, type SelfTest } from "./checks/tensorflow.js";
import type { DoctorFinding } from "./finding.js";

/** Looks at everything that segloss stands on, in the order in which it is told. Loads TensorFlow; never throws for what it finds. */
export async function runDoctor(options: {
  readonly verbose: boolean;
  readonly selfTest?: SelfTest | undefined;
}): Promise<DoctorFinding[]> {
  const library = findNativeLibrary();
  const driver = await readNvidiaDriver();
  return [
    ...examineSoftware(),
    examineLibrary(library),
    ...(await examineEngine(library, driver, options)),
    examineProcessor(),
    ...examineGpus(driver, library?.variant),
    ...examineCuda(library),
    examineCache(library),
  ];
}
