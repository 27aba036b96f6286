import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { crop, type MaskedLayout } from "./flat-layout.js";
import type { Layer } from "./layer.js";

/**
 * ReLU, then 0 at positions that hold no pixel, so that the next convolution sees zero padding.
 * @param followsBatchNorm whether its input comes from batch norm
 */
export function relu({ mask }: MaskedLayout, followsBatchNorm = false): Layer {
  return ({ values, halo }) => {
    const output = selectByDivision(tf.relu(values), tf.greater(tf.mul(values, mask(halo)), 0));
    return {
      output: { values: output, halo },
      moments: [],
      backward: (gradient) => {
        const passes = tf.expandDims(tf.greater(crop({ values: output, halo }, gradient.halo), 0), 1);
        // Batch norm uses the gradient several times, a convolution once.
        const select = followsBatchNorm ? selectByDivision : selectByProduct;
        return { variables: {}, input: { values: select(gradient.values, passes), halo: gradient.halo } };
      },
    };
  };
}

/**
 * Returns x, or 0 where it is not selected. XLA computes a division once, where it would compute a product, and
 * all that leads to it, again for each of its uses.
 */
function selectByDivision(x: Tensor, isSelected: Tensor): Tensor {
  return tf.div(x, tf.where(isSelected, tf.scalar(1), tf.scalar(Number.POSITIVE_INFINITY)));
}

/** Returns x, or 0 where it is not selected. */
function selectByProduct(x: Tensor, isSelected: Tensor): Tensor {
  return tf.mul(x, tf.cast(isSelected, "float32"));
}

/** The softmax of two logits, which depends only on their difference d. */
export interface Softmax {
  /** The probabilities of background and foreground, [lanes, channel, position]. */
  readonly probabilities: Tensor;
  /**
   * The backward function: maps dL/dp of every loss, each [lanes, channel, position], to dL/dd, [lanes,
   * losses, 1, position], zero outside pixels.
   * @param mask 1 at pixels, 0 elsewhere: [position]
   */
  readonly backward: (lossGradients: readonly Tensor[], mask: Tensor) => Tensor;
}

/**
 * Softmax of background and foreground, given d, the foreground's logit minus the background's, [lanes, 1,
 * position]. With e = exp(-|d|) the larger probability is 1 / (1 + e) and the smaller one e / (1 + e), which
 * is exact even where the larger one rounds to 1. Backward:
 *
 *   dL/dd = p0 p1 (dL/dp1 - dL/dp0) = e (dL/dp1 - dL/dp0) / (1 + e)^2
 */
export function softmax(difference: Tensor): Softmax {
  const e = tf.exp(tf.neg(tf.abs(difference)));
  const sum = tf.add(1, e);
  const larger = tf.div(1, sum);
  const smaller = tf.mul(e, larger);
  const isForeground = tf.greater(difference, 0);
  const background = tf.where(isForeground, smaller, larger);
  const foreground = tf.where(isForeground, larger, smaller);
  return {
    probabilities: tf.concat([background, foreground], 1),
    backward(lossGradients, mask) {
      const numerator = tf.mul(e, mask);
      const denominator = tf.square(sum);
      // Divided loss by loss, and last: XLA then computes every quotient once, where it would compute a
      // product again for each of its uses.
      const gradients = lossGradients.map((gradient) => {
        const [byBackground, byForeground] = tf.split(gradient, 2, 1) as [Tensor, Tensor];
        return tf.div(tf.mul(tf.sub(byForeground, byBackground), numerator), denominator);
      });
      return tf.stack(gradients, 1);
    },
  };
}
