import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { crop, sumOverPositions } from "./flat-layout.js";
import type { Layer, LayerTensors } from "./layer.js";

// The head is a 1x1 convolution to the logits z of background (0) and foreground (1). Probabilities and
// predictions depend only on their difference, so only the difference is computed:
//
//   d[p] = z[1, p] - z[0, p] = (b[1] - b[0]) + sum over i of (w[i, 1] - w[i, 0]) h[i, p]
//
// Backward, with g the gradient at d: w[i, 1] gets sum over p of h[i, p] g[p], b[1] the sum over p of g[p],
// the background's variables the negatives of these, and h[i, p] gets (w[i, 1] - w[i, 0]) g[p].

/** The head. Weights are [lanes, in, channels], the bias [lanes, channels]; the output has one channel, d. */
export function head(weights: Tensor, bias: Tensor): Layer {
  // [lanes, 1, in] and [lanes, 1]
  const kernel = tf.transpose(foregroundMinusBackground(weights), [0, 2, 1]);
  const offset = foregroundMinusBackground(bias);
  return (input) => {
    const sums = tf.matMul(kernel, input.values);
    return {
      output: { values: tf.add(sums, tf.expandDims(offset, -1)), halo: input.halo },
      moments: [],
      backward: (gradient) => {
        const features = gradient.halo === input.halo ? input.values : crop(input, gradient.halo);
        // [lanes, 1, in, 1]
        const scale = tf.expandDims(tf.transpose(kernel, [0, 2, 1]), 1);
        return {
          variables: variableGradients(tf.squeeze(gradient.values, [2]), features),
          input: { values: tf.mul(scale, gradient.values), halo: gradient.halo },
        };
      },
    };
  };
}

/** Subtracts the background's numbers from the foreground's: [..., channels] -> [..., 1]. */
function foregroundMinusBackground(x: Tensor): Tensor {
  const [background, foreground] = tf.split(x, 2, -1) as [Tensor, Tensor];
  return tf.sub(foreground, background);
}

/**
 * Returns the gradients of weights, [lanes, losses, in, channels], and bias, [lanes, losses, channels], given
 * those at d, [lanes, losses, position], and the input.
 */
function variableGradients(gradient: Tensor, input: Tensor): LayerTensors {
  const weights = tf.matMul(gradient, input, false, true);
  const bias = sumOverPositions(gradient);
  const ofChannels = (ofDifference: Tensor): Tensor => tf.stack([tf.neg(ofDifference), ofDifference], -1);
  return { weights: ofChannels(weights), bias: ofChannels(bias) };
}
