import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { crop, type FlatLayout } from "./flat-layout.js";

// 3x3 convolutions, zero padding, one set of weights per lane, as matrix products. Weights are [lanes, dy, dx, in, out] with
// dy and dx in -1, 0, 1:
//
//   a[o, p] = sum over dy, dx, i of w[dy, dx, i, o] h[i, p + dy rowPitch + dx]
//
// The sum over the nine shifts is split: three copies of the input, shifted by dx, go into one product with rows (dx, i) and
// come out as rows (dy, o); three slices of the result, shifted by dy, are added. So no more than three copies are made.
// The way back mirrors it: three copies shifted by dy go in, three slices shifted by dx are added.

const shifts = [-1, 0, 1] as const;

// Matrix kernels work on tiles of this many columns; with zeros up to the next multiple the filters' gradient takes 2/3 of the time.
const tile = 16;

/** What the backward pass needs of a convolution's forward pass. */
export interface Columns {
  /** [lanes, (dx, in), positions] with margin `margin`. */
  readonly values: Tensor;
  readonly margin: number;
}

/** Three copies of h [lanes, in, positions] with margin `margin`, shifted by dx. */
export function shiftedColumns(layout: FlatLayout, h: Tensor, margin: number): Columns {
  const copies = shifts.map((dx) => crop(layout, h, margin, margin - 1, dx));
  return { values: tf.concat(copies, 1), margin: margin - 1 };
}

/** The convolution of the input that `columns` holds: [lanes, out, positions], margin one row less than theirs. */
export function convolve(layout: FlatLayout, columns: Columns, weights: Tensor): Tensor {
  const [lanes, , , inputs, outputs] = weights.shape as [number, number, number, number, number];
  const kernel = tf.reshape(tf.transpose(weights, [0, 1, 4, 2, 3]), [lanes, 3 * outputs, 3 * inputs]);
  const rows = tf.matMul(kernel, columns.values);
  const parts = tf.split(rows, 3, 1);
  const margin = columns.margin - layout.rowPitch;
  return sum(
    parts.map((part, index) => crop(layout, part, columns.margin, margin, (index - 1) * layout.rowPitch)),
  );
}

/** Three copies of every loss's gradient, shifted by dy: [lanes, (loss, dy, out), positions], margin `margin`. */
export interface Rows {
  readonly values: Tensor;
  readonly margin: number;
  readonly losses: number;
}

/** `g` is [lanes, losses, out, positions] with margin `from`, and zero where no pixel is; the copies keep `to`. */
export function rowsOf(layout: FlatLayout, g: Tensor, from: number, to: number): Rows {
  const losses = g.shape[1] ?? 1;
  // One slice per loss and shift: XLA then copies them as they are, where it would compute a larger slice anew for every use.
  const copies = tf
    .split(g, losses, 1)
    .flatMap((loss) =>
      shifts.map((dy) => crop(layout, tf.squeeze(loss, [1]), from, to, -dy * layout.rowPitch)),
    );
  return { values: tf.concat(copies, 1), margin: to, losses };
}

/** The gradient of every loss by the weights [lanes, losses, dy, dx, in, out], and by a bias [lanes, losses, out]. */
export function convolveGradients(
  layout: FlatLayout,
  rows: Rows,
  columns: Columns,
  inputs: number,
): { readonly weights: Tensor; readonly bias: Tensor } {
  const lanes = rows.values.shape[0] ?? 1;
  const outputs = (rows.values.shape[1] ?? 0) / (3 * rows.losses);
  const below = crop(layout, columns.values, columns.margin, rows.margin);
  // A row of ones makes the bias's gradient another column of the same product.
  const padded = withOnes(below, 3 * inputs);
  const product = tf.reshape(tf.matMul(rows.values, padded, false, true), [
    lanes,
    rows.losses,
    3,
    outputs,
    -1,
  ]);
  const [ofWeights, ofOnes] = tf.split(product, [3 * inputs, (product.shape[4] ?? 0) - 3 * inputs], 4) as [
    Tensor,
    Tensor,
  ];
  // [lanes, losses, dy, out, dx, in]
  const weights = tf.reshape(ofWeights, [lanes, rows.losses, 3, outputs, 3, inputs]);
  const unshifted = tf.slice(ofOnes, [0, 0, 1, 0, 0], [lanes, rows.losses, 1, outputs, 1]);
  return {
    weights: tf.transpose(weights, [0, 1, 2, 4, 5, 3]),
    bias: tf.reshape(unshifted, [lanes, rows.losses, outputs]),
  };
}

/** x [lanes, rows, positions] with a row of ones below it and zeros up to whole tiles. */
function withOnes(x: Tensor, rows: number): Tensor {
  const [lanes, , positions] = x.shape as [number, number, number];
  const missing = Math.ceil((rows + 1) / tile) * tile - rows - 1;
  const zeros = missing > 0 ? [tf.zeros([lanes, missing, positions])] : [];
  return tf.concat([x, tf.ones([lanes, 1, positions]), ...zeros], 1);
}

/** The gradient of every loss by the convolution's input [lanes, losses, in, positions], margin one less than the rows'. */
export function convolveBack(layout: FlatLayout, rows: Rows, weights: Tensor): Tensor {
  const [lanes, , , inputs, outputs] = weights.shape as [number, number, number, number, number];
  const kernel = tf.reshape(tf.transpose(weights, [0, 2, 3, 1, 4]), [lanes, 1, 3 * inputs, 3 * outputs]);
  const byLoss = tf.reshape(rows.values, [lanes, rows.losses, 3 * outputs, -1]);
  const columns = tf.matMul(tf.tile(kernel, [1, rows.losses, 1, 1]), byLoss);
  const parts = tf.split(columns, 3, 2);
  return sum(parts.map((part, index) => crop(layout, part, rows.margin, rows.margin - 1, 1 - index)));
}

// The first convolution has one input channel and passes nothing further back: there the nine shifted copies are few.

/** Nine shifted copies of the image [lanes, 1, positions], then a row of ones: [lanes, 10, positions], margin `to`. */
export function neighbourhoods(layout: FlatLayout, image: Tensor, from: number, to: number): Tensor {
  const lanes = image.shape[0] ?? 1;
  const copies = shifts.flatMap((dy) =>
    shifts.map((dx) => crop(layout, image, from, to, dy * layout.rowPitch + dx)),
  );
  return tf.concat([...copies, tf.ones([lanes, 1, layout.length + 2 * to])], 1);
}

function sum(parts: readonly Tensor[]): Tensor {
  return parts.reduce((total, part) => tf.add(total, part));
}
