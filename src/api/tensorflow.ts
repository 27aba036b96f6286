// The compiler as a library: `import ... from "segloss/tensorflow"`.

export {
  type CompiledFunction,
  type CompiledScan,
  type CompileOptions,
  compile,
  compileScan,
  loadTensorFlow as load,
  type TensorRecord,
} from "../tensorflow/index.js";
