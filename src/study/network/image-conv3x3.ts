import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { crop, type FlatLayout, type MaskedLayout, type Strip } from "./flat-layout.js";
import type { Layer, LayerTensors } from "./layer.js";

// The network's first convolution. Its input is the image: one channel, and no gradient is passed back to it.
// Nine shifted copies of one channel are few, and with them the forward pass and the variables' gradients are
// one matrix product each, without the slices that conv3x3.ts adds up.

const shifts = [-1, 0, 1] as const;

/** The positions of a 3x3 kernel, and so the copies of the image that it sees. */
const kernelSize = 9;

/**
 * A 3x3 convolution of the image. Weights are [lanes, dy, dx, 1, out]; the bias is undefined where batch norm
 * follows.
 */
export function imageConv3x3({ layout }: MaskedLayout, weights: Tensor, bias: Tensor | undefined): Layer {
  return (image) => {
    const neighbors = neighborhoods(layout, image);
    const sums = tf.matMul(withBias(weights, bias), neighbors.values, true, false);
    return {
      output: { values: sums, halo: neighbors.halo },
      moments: [],
      backward: (gradient) => ({ variables: variableGradients(gradient, neighbors), input: undefined }),
    };
  };
}

/**
 * Returns the weights and, for the row of ones, the bias or zeros: [lanes, 10, out]. So both products have the
 * same factor, which is stacked once.
 */
function withBias(weights: Tensor, bias: Tensor | undefined): Tensor {
  const [lanes = 1, outputs = 1] = [weights.shape[0], weights.shape.at(-1)];
  const ofOnes = bias === undefined ? tf.zeros([lanes, 1, outputs]) : tf.expandDims(bias, 1);
  return tf.concat([tf.reshape(weights, [lanes, kernelSize, outputs]), ofOnes], 1);
}

/**
 * Stacks nine shifted copies of the image, [lanes, 1, position], and a row of ones: [lanes, 10, position].
 */
function neighborhoods({ rowPitch, kernelReach, length }: FlatLayout, image: Strip): Strip {
  const lanes = image.values.shape[0] ?? 1;
  const halo = image.halo - kernelReach;
  const copies = shifts.flatMap((dy) => shifts.map((dx) => crop(image, halo, dy * rowPitch + dx)));
  return { values: tf.concat([...copies, tf.ones([lanes, 1, length + 2 * halo])], 1), halo };
}

/** Returns the gradients of the weights and, from the row of ones, of a bias. */
function variableGradients(gradient: Strip, neighbors: Strip): LayerTensors {
  const [lanes, losses, outputs, positions] = gradient.values.shape as [number, number, number, number];
  const rows = tf.reshape(gradient.values, [lanes, losses * outputs, positions]);
  const product = tf.reshape(tf.matMul(rows, crop(neighbors, gradient.halo), false, true), [
    ...[lanes, losses, outputs],
    kernelSize + 1,
  ]);
  const weights = tf.transpose(tf.slice(product, [0, 0, 0, 0], [-1, -1, -1, kernelSize]), [0, 1, 3, 2]);
  return {
    weights: tf.reshape(weights, [lanes, losses, 3, 3, 1, outputs]),
    bias: tf.squeeze(tf.slice(product, [0, 0, 0, kernelSize], [-1, -1, -1, 1]), [3]),
  };
}
