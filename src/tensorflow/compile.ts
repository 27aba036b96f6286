import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { lowerToFunction, lowerToGraph } from "./lowering.js";
import { type Compiled, type CompileOptions, inputNames, openFunction, openProgram } from "./program.js";
import { record, type TensorFunction } from "./recording.js";

/**
 * Compiles a function over tensors: runs `fn` once on `examples`, writes down the TensorFlow operations that it runs, and
 * makes them one graph: what tf.function is in Python. `fn` must run the same operations whatever the values of its inputs;
 * tensors that it brings from elsewhere become constants. Throws if it does anything that cannot be recorded.
 */
export function compile(
  fn: TensorFunction,
  examples: readonly Tensor[],
  options: CompileOptions = {},
): Compiled {
  const recording = record(fn, examples);
  if (options.xla) {
    return openFunction(lowerToFunction(recording, "body"), [], recording.inputs, options);
  }
  const { nodes, results } = lowerToGraph(recording, inputNames(recording.inputs));
  return openProgram({ nodes, functions: [] }, recording.inputs, results);
}
