// All that other rooms may import of this one. Loading it does not load TensorFlow: loadTensorFlow does.

export { isUsingGpu, loadTensorFlow, scoped, tensorflowVersion, tf } from "./backend.js";
export { type CompiledFunction, type CompileOptions, compile, probeXla } from "./compile/compile.js";
export { type CompiledScan, compileScan } from "./compile/scan.js";
export {
  disposeRecords,
  recordLeaves,
  recordStructure,
  type TensorRecord,
  tidyRecord,
} from "./compile/tensor-record.js";
// The machine: what is installed and which GPUs there are, known before TensorFlow loads.
export { findCudaLibraries } from "./gpu/cuda-libraries.js";
export { type DriverLibrary, driverLibraryName, findDriverLibrary } from "./gpu/driver-files.js";
export { type Gpu, type NvidiaDriver, readNvidiaDriver } from "./gpu/nvidia-driver.js";
export { explainNoGpu, explainUnusedGpu, findGpu, usableGpus } from "./gpu/selection.js";
export { findNativeLibrary, setupCommand } from "./native/binding.js";
export { cacheFolder } from "./native/cache-folder.js";
export { damagedFiles, type NativeLibrary, type Variant } from "./native/manifest.js";
export { type Processor, thisProcessor } from "./native/processor.js";
export { clearXlaCache, useXlaCache } from "./native/xla-cache.js";
export { gatherRows, statelessUniform } from "./ops.js";
