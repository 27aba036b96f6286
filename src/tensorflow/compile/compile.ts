import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type CompiledFunction,
  type CompileOptions,
  inputNames,
  openCompiledFunction,
  openCompiledGraph,
} from "./compiled-function.js";
import { lowerToFunction, lowerToGraph } from "./lower.js";
import { type TensorFunction, trace } from "./trace.js";

/**
 * Compiles a function over tensors: runs `fn` once on `examples`, writes down the TensorFlow operations that it runs, and
 * makes them one graph: what tf.function is in Python. `fn` must run the same operations whatever the values of its inputs;
 * tensors that it brings from elsewhere become constants. Throws if it does anything that cannot be recorded.
 */
export function compile(
  fn: TensorFunction,
  examples: readonly Tensor[],
  options: CompileOptions = {},
): CompiledFunction {
  const recording = trace(fn, examples);
  if (options.xla) {
    return openCompiledFunction(lowerToFunction(recording, "body"), [], recording.inputs, options);
  }
  const { nodes, results } = lowerToGraph(recording, inputNames(recording.inputs));
  return openCompiledGraph({ nodes, functions: [] }, recording.inputs, results);
}
