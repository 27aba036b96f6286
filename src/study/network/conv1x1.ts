import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { crop, sumOverPositions } from "./flat-layout.js";
import type { Layer, LayerTensors } from "./layer.js";

// A 1x1 convolution is the same matrix product at every position:
//
//   z[o, p] = b[o] + sum over i of w[i, o] h[i, p]
//
// Backward, with g the gradient at z: w gets sum over p of h[i, p] g[o, p], b the sum over p of g[o, p], and
// h w g.

/** The 1x1 convolution to the logits. Weights are [lanes, in, out], the bias [lanes, out]. */
export function conv1x1(weights: Tensor, bias: Tensor): Layer {
  return (input) => {
    const sums = tf.matMul(weights, input.values, true, false);
    return {
      output: { values: tf.add(sums, tf.expandDims(bias, -1)), halo: input.halo },
      moments: [],
      backward: (gradient) => {
        const losses = gradient.values.shape[1] ?? 1;
        const features = gradient.halo === input.halo ? input.values : crop(input, gradient.halo);
        const variables = variableGradients(gradient.values, features);
        // One product for all losses: every one of them sees the same weights.
        const kernel = tf.tile(tf.expandDims(weights, 1), [1, losses, 1, 1]);
        return {
          variables,
          input: { values: tf.matMul(kernel, gradient.values), halo: gradient.halo },
        };
      },
    };
  };
}

/**
 * Returns the gradients of weights and bias, given those at the output, [lanes, losses, out, position], and
 * the input.
 */
function variableGradients(gradient: Tensor, input: Tensor): LayerTensors {
  const [lanes, losses, outputs, positions] = gradient.shape as [number, number, number, number];
  const rows = tf.reshape(gradient, [lanes, losses * outputs, positions]);
  const product = tf.reshape(tf.matMul(rows, input, false, true), [lanes, losses, outputs, -1]);
  return {
    weights: tf.transpose(product, [0, 1, 3, 2]),
    bias: tf.reshape(sumOverPositions(rows), [lanes, losses, outputs]),
  };
}
