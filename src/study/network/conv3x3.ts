import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { crop, type MaskedLayout, type Strip } from "./flat-layout.js";
import type { Layer, LayerTensors } from "./layer.js";

// 3x3 convolution with zero padding and one set of weights per lane, as matrix products. Weights are [lanes,
// dy, dx, in, out], with dy and dx in -1, 0, 1:
//
//   a[o, p] = b[o] + sum over dy, dx, i of w[dy, dx, i, o] h[i, p + dy rowPitch + dx]
//
// The sum over the nine shifts is split. Three copies of the input, shifted by dx, enter one product whose
// rows are (dy, o); three slices of the result, shifted by dy, are added. So only three copies are made, not
// nine. Backward mirrors it: three copies of the gradient, shifted by dy, enter a product and three slices,
// shifted by dx, are added.

const shifts = [-1, 0, 1] as const;

/**
 * Matrix kernels work on tiles of this many columns: with zeros up to the next multiple the product for the
 * weights' gradient takes two thirds of the time.
 */
const tile = 16;

/** A 3x3 convolution. Its bias, [lanes, out], is undefined where batch norm follows. */
export function conv3x3({ layout }: MaskedLayout, weights: Tensor, bias: Tensor | undefined): Layer {
  const { rowPitch } = layout;
  return (input) => {
    const columns = shiftedColumns(input);
    const sums = convolve(columns, weights, rowPitch);
    return {
      output: addBias(sums, bias),
      moments: [],
      backward: (gradient) => {
        const losses = gradient.values.shape[1] ?? 1;
        const rows = shiftedRows(gradient, losses, rowPitch);
        return {
          variables: variableGradients(rows, columns, losses, weights),
          input: convolveBackward(rows, losses, weights),
        };
      },
    };
  };
}

/** Adds a bias to every channel. */
function addBias({ values, halo }: Strip, bias: Tensor | undefined): Strip {
  return { values: bias === undefined ? values : tf.add(values, tf.expandDims(bias, -1)), halo };
}

/** Stacks three copies of [lanes, in, position], shifted by dx: [lanes, (dx, in), position]. */
function shiftedColumns(input: Strip): Strip {
  const halo = input.halo - 1;
  return {
    values: tf.concat(
      shifts.map((dx) => crop(input, halo, dx)),
      1,
    ),
    halo,
  };
}

/** Convolves the input whose shifted copies are `columns`: [lanes, out, position]. */
function convolve(columns: Strip, weights: Tensor, rowPitch: number): Strip {
  const [lanes, , , inputs, outputs] = shapeOf(weights);
  const kernel = tf.reshape(tf.transpose(weights, [0, 1, 4, 2, 3]), [lanes, 3 * outputs, 3 * inputs]);
  const rows = tf.split(tf.matMul(kernel, columns.values), 3, 1);
  const halo = columns.halo - rowPitch;
  const parts = rows.map((values, index) =>
    crop({ values, halo: columns.halo }, halo, (index - 1) * rowPitch),
  );
  return { values: sum(parts), halo };
}

/**
 * Stacks three copies of every loss's gradient, [lanes, losses, out, position], shifted by dy:
 * [lanes, (loss, dy, out), position].
 */
function shiftedRows(gradient: Strip, losses: number, rowPitch: number): Strip {
  const halo = gradient.halo - rowPitch;
  // One slice per loss and shift: XLA then copies each as it is, where it would compute a larger slice again
  // for every use.
  const copies = tf
    .split(gradient.values, losses, 1)
    .flatMap((ofLoss) =>
      shifts.map((dy) =>
        crop({ values: tf.squeeze(ofLoss, [1]), halo: gradient.halo }, halo, -dy * rowPitch),
      ),
    );
  return { values: tf.concat(copies, 1), halo };
}

/**
 * Returns the gradients of the weights, [lanes, losses, dy, dx, in, out], and of a bias, [lanes, losses,
 * out].
 */
function variableGradients(rows: Strip, columns: Strip, losses: number, variable: Tensor): LayerTensors {
  const [lanes, , , inputs, outputs] = shapeOf(variable);
  // A row of ones makes the bias's gradient one more column of the same product.
  const padded = withOnes(crop(columns, rows.halo), 3 * inputs);
  const product = tf.reshape(tf.matMul(rows.values, padded, false, true), [lanes, losses, 3, outputs, -1]);
  const rest = (product.shape[4] ?? 0) - 3 * inputs;
  const [ofWeights, ofOnes] = tf.split(product, [3 * inputs, rest], 4) as [Tensor, Tensor];
  // [lanes, losses, dy, out, dx, in]
  const weights = tf.reshape(ofWeights, [lanes, losses, 3, outputs, 3, inputs]);
  const unshifted = tf.slice(ofOnes, [0, 0, 1, 0, 0], [lanes, losses, 1, outputs, 1]);
  return {
    weights: tf.transpose(weights, [0, 1, 2, 4, 5, 3]),
    bias: tf.reshape(unshifted, [lanes, losses, outputs]),
  };
}

/** Appends a row of ones to x, [lanes, rows, position], and rows of zeros up to a whole tile. */
function withOnes(x: Tensor, rows: number): Tensor {
  const [lanes, , positions] = x.shape as [number, number, number];
  const missing = Math.ceil((rows + 1) / tile) * tile - rows - 1;
  const zeros = missing > 0 ? [tf.zeros([lanes, missing, positions])] : [];
  return tf.concat([x, tf.ones([lanes, 1, positions]), ...zeros], 1);
}

/** Returns the gradients of the convolution's input, [lanes, losses, in, position]. */
function convolveBackward(rows: Strip, losses: number, weights: Tensor): Strip {
  const [lanes, , , inputs, outputs] = shapeOf(weights);
  const kernel = tf.reshape(tf.transpose(weights, [0, 2, 3, 1, 4]), [lanes, 1, 3 * inputs, 3 * outputs]);
  const ofLosses = tf.reshape(rows.values, [lanes, losses, 3 * outputs, -1]);
  const columns = tf.split(tf.matMul(tf.tile(kernel, [1, losses, 1, 1]), ofLosses), 3, 2);
  const halo = rows.halo - 1;
  const parts = columns.map((values, index) => crop({ values, halo: rows.halo }, halo, 1 - index));
  return { values: sum(parts), halo };
}

function shapeOf(weights: Tensor): readonly [number, number, number, number, number] {
  return weights.shape as [number, number, number, number, number];
}

function sum(parts: readonly Tensor[]): Tensor {
  return parts.reduce((total, part) => tf.add(total, part));
}
