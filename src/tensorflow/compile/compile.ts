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

export type { CompiledFunction, CompileOptions } from "./compiled-function.js";

/**
 * Compiles a function over tensors, as `tf.function` does in Python: runs `fn` once on `examples`, traces the TensorFlow
 * operations that it runs, and makes one graph of them. `fn` must run the same operations whatever the values of its inputs.
 * Tensors that it brings from elsewhere become constants. Throws if `fn` does anything that cannot be traced.
 */
export function compile(
  fn: TensorFunction,
  examples: readonly Tensor[],
  options: CompileOptions = {},
): CompiledFunction {
  const traced = trace(fn, examples);
  const inputs = traced.inputs.map((type, index) => ({ ...type, name: `input ${index}` }));
  if (options.xla) {
    return openCompiledFunction(lowerToFunction(traced, "body"), [], inputs, options);
  }
  const { nodes, results } = lowerToGraph(traced, inputNames(inputs));
  return openCompiledGraph({ nodes, functions: [] }, inputs, results);
}
