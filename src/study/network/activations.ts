import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { crop, type MaskedLayout } from "./flat-layout.js";
import type { Layer } from "./layer.js";

/** ReLU, then 0 at positions that hold no pixel, so that the next convolution sees zero padding. */
export function relu({ mask }: MaskedLayout): Layer {
  return ({ values, halo }) => {
    const pixels = mask(halo);
    // 1 where the input passes and there is a pixel.
    const reluMask = { values: tf.mul(tf.cast(tf.greater(values, 0), "float32"), pixels), halo };
    return {
      output: { values: tf.mul(tf.relu(values), pixels), halo },
      moments: [],
      backward: (gradient) => {
        const passes = tf.expandDims(crop(reluMask, gradient.halo), 1);
        return {
          variables: {},
          input: { values: tf.mul(gradient.values, passes), halo: gradient.halo },
        };
      },
    };
  };
}

/** Softmax over the channels of [lanes, channel, position], computed after subtracting their maximum. */
export function softmax(logits: Tensor): Tensor {
  const powers = tf.exp(tf.sub(logits, tf.max(logits, 1, true)));
  return tf.div(powers, tf.sum(powers, 1, true));
}

/**
 * Softmax backward: maps dL/dp to dL/dz = p (dL/dp - sum_c p dL/dp), of every loss. Zero outside pixels.
 * @param p the probabilities, [lanes, channel, position]
 * @param lossGradients dL/dp, [lanes, losses, channel, position]
 * @param mask 1 at pixels, 0 elsewhere: [position]
 */
export function softmaxBackward(p: Tensor, lossGradients: Tensor, mask: Tensor): Tensor {
  const probabilities = tf.expandDims(p, 1);
  const mean = tf.sum(tf.mul(probabilities, lossGradients), 2, true);
  return tf.mul(tf.mul(probabilities, tf.sub(lossGradients, mean)), mask);
}
