// All that other rooms may import of this one. Loading it does not load TensorFlow: loadTensorFlow does.

export { isUsingGpu, loadTensorFlow, scoped, tensorflowVersion, tf } from "./backend.js";
export { type CompiledFunction, type CompileOptions, compile, probeXla } from "./compile/compile.js";
export { type CompiledScan, compileScan, type ScanOptions } from "./compile/scan.js";
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
export {
  type Gpu,
  type NvidiaDriver,
  oldestDriver,
  readNvidiaDriver,
  runsMachineCode,
} from "./gpu/nvidia-driver.js";
export { explainNoGpu, explainUnusedGpu, findGpu, usableGpus } from "./gpu/selection.js";
export { addonFlags, addonFolderName, addonNames, ownAddons, tfjsAddon } from "./native/addons.js";
export { loadTfjs } from "./native/binding.js";
export { type CacheFolders, cacheFolder, cacheFolders } from "./native/cache-folder.js";
export { findNativeLibrary } from "./native/library.js";
export {
  damagedFiles,
  type LibraryManifest,
  manifestFile,
  type NativeLibrary,
  readManifest,
  type Variant,
} from "./native/manifest.js";
export { type Processor, thisProcessor } from "./native/processor.js";
export { readSetupChoice, type SetupDevice, setupDevices, writeSetupChoice } from "./native/setup-choice.js";
export {
  findWheelSet,
  keptFiles,
  libraryName,
  pinnedTensorFlow,
  type Wheel,
  type WheelSet,
  wheelSetBytes,
  wheelSets,
} from "./native/wheels.js";
export { clearXlaCache, findXlaCache, useXlaCache } from "./native/xla-cache.js";
export { gatherRows, statelessUniform } from "./ops.js";
export type { GraphStore } from "./store/graph-store.js";
export { openSummaryWriter, type SummaryWriter } from "./summary-writer.js";
