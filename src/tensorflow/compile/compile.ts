import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { firstLine } from "../../errors.js";
import { scoped, tf } from "../backend.js";
import {
  type CompiledFunction,
  type CompileOptions,
  encodeFunction,
  encodeGraph,
  inputNames,
  openCompiledFunction,
} from "./compiled-function.js";
import { lowerToFunction, lowerToGraph } from "./lower.js";
import { optimizeForXla } from "./passes/passes.js";
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
    return openCompiledFunction(
      encodeFunction(lowerToFunction(optimizeForXla(traced), "body"), [], inputs, options),
    );
  }
  const { nodes, results } = lowerToGraph(traced, inputNames(inputs));
  return openCompiledFunction(encodeGraph({ nodes, functions: [] }, inputs, results));
}

/**
 * Returns the reason why XLA cannot compile for the device in use, or undefined if it can. Tries a product and an
 * exponential: the product needs the device's matrix library, the exponential on a GPU libdevice and an assembler.
 */
export function probeXla(): string | undefined {
  try {
    const value = scoped(() => {
      const probe = compile((x) => [tf.exp(tf.matMul(x, x))], [tf.zeros([4, 4])], { xla: true });
      try {
        return probe(tf.zeros([4, 4]))[0]?.dataSync()[0];
      } finally {
        probe.dispose();
      }
    });
    return value === 1 ? undefined : `exp(0) is ${value}`;
  } catch (error) {
    return firstLine(error);
  }
}
