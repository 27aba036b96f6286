import { readDriver } from "../tensorflow/driver.js";
import { findNative } from "../tensorflow/native.js";
import { examineCache } from "./cache.js";
import { examineEngine, type SelfTest } from "./engine.js";
import type { Finding } from "./finding.js";
import { examineCuda, examineGpus } from "./gpus.js";
import { examineProcessor } from "./processor.js";
import { examineLibrary, examineSoftware } from "./software.js";

/** Looks at everything that segloss stands on, in the order in which it is told. Loads TensorFlow; never throws for what it finds. */
export async function examine(options: {
  readonly verbose: boolean;
  readonly selfTest?: SelfTest | undefined;
}): Promise<Finding[]> {
  const library = findNative();
  const driver = await readDriver();
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
