import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { backend, tf } from "./backend.js";
import { dtypes } from "./compile/tensor-type.js";

// TensorFlow operations for which tfjs has no function, or one that cannot be traced.

/**
 * Draws uniform float32 numbers in [0, 1) by TensorFlow's counter-based generator (Philox): the same for the same shape and
 * seed, on every device and in every process.
 */
export function statelessUniform(shape: readonly number[], seed: readonly [number, number]): Tensor {
  return tf.tidy(() => {
    const attributes = [
      typeAttribute("T", dtypes.int32),
      typeAttribute("Tseed", dtypes.int32),
      typeAttribute("dtype", dtypes.float32),
    ];
    const inputs = [tf.tensor1d([...shape], "int32"), tf.tensor1d([...seed], "int32")];
    return backend().executeSingleOutput("StatelessRandomUniform", attributes, inputs);
  });
}

/** Selects rows of x [n, ...] by `indices` (int32 [m]): [m, ...]. tf.gather reads the indices, so it cannot be traced. */
export function gatherRows(x: Tensor, indices: Tensor1D): Tensor {
  return tf.tidy(() => {
    const attributes = [
      typeAttribute("Tparams", x.dtype === "int32" ? dtypes.int32 : dtypes.float32),
      typeAttribute("Tindices", dtypes.int32),
      typeAttribute("Taxis", dtypes.int32),
    ];
    return backend().executeSingleOutput("GatherV2", attributes, [x, indices, tf.scalar(0, "int32")]);
  });
}

const kindOfType = 4; // TF_ATTR_TYPE

function typeAttribute(name: string, value: number): { name: string; type: number; value: number } {
  return { name, type: kindOfType, value };
}
