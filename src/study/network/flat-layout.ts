import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";

/**
 * How a mini-batch of images lies in memory: flat, row after row and image after image, with one column and one row of zeros
 * after each, which neighbours share as the convolutions' zero padding. A pixel's neighbour is then a fixed offset away,
 * and an image shifted by a pixel is one contiguous slice.
 *
 * The last axis of a tensor with margin m holds the positions -m .. length + m - 1. Beyond the layout lie zeros too.
 */
export interface FlatLayout {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** From a pixel to the one below it. */
  readonly rowPitch: number;
  /** From a pixel to its farthest neighbour: one row and one column. */
  readonly kernelReach: number;
  /** Positions in the layout. */
  readonly length: number;
  /** Pixels among them. */
  readonly pixels: number;
}

export function flatLayout(batch: number, height: number, width = height): FlatLayout {
  const rowPitch = width + 1;
  return {
    batch,
    height,
    width,
    rowPitch,
    kernelReach: rowPitch + 1,
    length: batch * (height + 1) * rowPitch,
    pixels: batch * height * width,
  };
}

/** Lays images [n, batch, y, x] out in a layout: [n, length + 2 margin]. */
export function toFlatLayout(layout: FlatLayout, images: Tensor, margin: number): Tensor {
  return tf.tidy(() => {
    const { batch, height, width, length } = layout;
    const n = images.size / layout.pixels;
    const grid = tf.reshape(images, [n * batch, height, width]);
    const padded = tf.pad(grid, [
      [0, 0],
      [0, 1],
      [0, 1],
    ]);
    return tf.pad(tf.reshape(padded, [n, length]), [
      [0, 0],
      [margin, margin],
    ]);
  });
}

/** 1 at pixels and 0 elsewhere: [length + 2 margin]. */
export function pixelMask(layout: FlatLayout, margin: number): Tensor {
  return tf.tidy(() => {
    const ones = tf.ones([1, layout.batch, layout.height, layout.width]);
    return tf.squeeze(toFlatLayout(layout, ones, margin), [0]);
  });
}

/** The part of x (margin `from`) with margin `to`, seen `offset` positions further on: y[p] = x[p + offset]. */
export function crop(layout: FlatLayout, x: Tensor, from: number, to: number, offset = 0): Tensor {
  const begin = x.shape.map(() => 0);
  const size = [...x.shape];
  begin[begin.length - 1] = from - to + offset;
  size[size.length - 1] = layout.length + 2 * to;
  return tf.slice(x, begin, size);
}

/** The sum over all positions: [lanes, ..., positions] -> [lanes, ...]. A matrix product, whose derivative is a broadcast. */
export function sumOverPositions(x: Tensor): Tensor {
  const sum = tf.customGrad((input) => {
    const t = input as Tensor;
    return {
      value: productWithOnes(t),
      gradFunc: (dy: Tensor) => tf.mul(tf.expandDims(dy, -1), tf.ones([t.shape.at(-1) ?? 1])),
    };
  });
  return sum(x);
}

function productWithOnes(x: Tensor): Tensor {
  const positions = x.shape.at(-1) ?? 1;
  const lanes = x.shape[0] ?? 1;
  const rows = tf.reshape(x, [lanes, -1, positions]);
  return tf.reshape(tf.matMul(rows, tf.ones([lanes, positions, 1])), x.shape.slice(0, -1));
}
