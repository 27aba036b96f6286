import { findDriverLibrary, findNativeLibrary, readNvidiaDriver } from "../tensorflow/index.js";
import { checkCache, checkCompiledPrograms } from "./checks/cache.js";
import { checkArchitecture, checkCudaLibraries, checkDriver, checkDriverLibrary } from "./checks/gpus.js";
import { checkProcessor } from "./checks/processor.js";
import { checkLibrary, checkSoftware } from "./checks/software.js";
import { checkTensorFlow, type SelfTest } from "./checks/tensorflow.js";
import type { DoctorFinding } from "./finding.js";

/**
 * Runs all checks, in the order in which the report lists them. Loads TensorFlow. Never throws for what it
 * finds.
 */
export async function runDoctor(options: {
  readonly verbose: boolean;
  readonly selfTest?: SelfTest | undefined;
}): Promise<DoctorFinding[]> {
  const library = findNativeLibrary();
  const driver = await readNvidiaDriver();
  return [
    ...checkSoftware(),
    checkLibrary(library),
    ...(await checkTensorFlow(library, driver, options)),
    checkProcessor(),
    ...checkDriver(driver, library?.variant),
    ...checkArchitecture(driver, library),
    ...checkDriverLibrary(driver, library?.variant, findDriverLibrary()),
    ...checkCudaLibraries(library),
    checkCache(library),
    checkCompiledPrograms(),
  ];
}

/** Returns whether TensorFlow's library is installed and complete, without loading it. */
export function checkInstallation(): DoctorFinding {
  return checkLibrary(findNativeLibrary());
}
