// The compiler as a library: `import ... from "segloss/tensorflow"`.

export {
  type CompiledFunction,
  type CompiledScan,
  type CompileOptions,
  compile,
  compileScan,
  type GraphStore,
  loadTensorFlow as load,
  type ScanOptions,
  type TensorRecord,
} from "../tensorflow/index.js";
