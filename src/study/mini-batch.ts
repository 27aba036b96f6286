import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";
import { laneNumber } from "./lanes/lane-parameters.js";
import { crop, type Strip } from "./network/flat-layout.js";
import type { Network } from "./network/network.js";

/** The mini-batch that every lane sees in one step: [lanes, position] with the network's `imageHalo`. */
export interface MiniBatch {
  /** Uniform in [0, 1), before the `input` parameter is applied. */
  readonly images: Tensor;
  /** Uniform in [0, 1); decides which labels are swapped. Absent where no lane swaps labels. */
  readonly noise?: Tensor;
}

/** Returns the network's input: inputScale x + inputShift at pixels, 0 around them, [lanes, position]. */
export function networkInput(network: Network, lanes: Tensor, images: Tensor): Strip {
  const scaled = tf.add(tf.mul(images, laneNumber(lanes, "inputScale")), laneNumber(lanes, "inputShift"));
  return { values: tf.mul(scaled, network.mask(network.imageHalo)), halo: network.imageHalo };
}

/** Returns 1 where a pixel's value is above the lane's threshold, else 0: [lanes, position] with the halo of the logits. */
export function foregroundLabels(network: Network, lanes: Tensor, images: Tensor): Tensor {
  const values = atLogits(network, images);
  return tf.cast(tf.greater(values, laneNumber(lanes, "threshold")), "float32");
}

/**
 * Returns the one-hot labels, [lanes, channel, position] with the halo of the logits, 0 at positions that hold no pixel.
 * A pixel's label is swapped where its noise is below the lane's `labelNoise`.
 */
export function oneHotLabels(network: Network, lanes: Tensor, { images, noise }: MiniBatch): Tensor {
  const clean = foregroundLabels(network, lanes, images);
  const mask = network.mask(network.logitHalo);
  let label = clean;
  if (noise !== undefined) {
    const swapped = tf.less(atLogits(network, noise), laneNumber(lanes, "labelNoise"));
    label = tf.abs(tf.sub(clean, tf.cast(swapped, "float32")));
  }
  return tf.stack([tf.mul(tf.sub(1, label), mask), tf.mul(label, mask)], 1);
}

/** Crops what lies as the image does to the halo of the logits. */
function atLogits({ imageHalo, logitHalo }: Network, values: Tensor): Tensor {
  return crop({ values, halo: imageHalo }, logitHalo);
}
