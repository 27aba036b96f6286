import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";

/**
 * How a mini-batch of images lies in memory: row after row and image after image, with one column of zeros
 * after each row and one row of zeros after each image. Neighbors share them as the zero padding of the
 * convolutions. A pixel's neighbor is then a fixed offset away, and a whole mini-batch shifted by a pixel is
 * one contiguous slice.
 */
export interface FlatLayout {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** The offset from a pixel to the one below it: the width and one column of padding. */
  readonly rowPitch: number;
  /** The offset from a pixel to its farthest neighbor under a 3x3 kernel: one row and one column. */
  readonly kernelReach: number;
  /** The number of positions, padding included. */
  readonly length: number;
  /** The number of positions that hold a pixel. */
  readonly pixels: number;
}

/**
 * A tensor on a flat layout: its last axis holds the positions -halo to length + halo - 1. Beyond the layout
 * lie zeros.
 */
export interface Strip {
  /** [..., length + 2 halo] */
  readonly values: Tensor;
  readonly halo: number;
}

/** Returns the flat layout of a mini-batch of images. */
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

/** Copies images [n, batch, y, x] to a flat layout: [n, length + 2 halo]. */
export function toFlatLayout(layout: FlatLayout, images: Tensor, halo: number): Tensor {
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
      [halo, halo],
    ]);
  });
}

/** Copies a strip [n, length + 2 halo] back to images: [n, batch, y, x]. */
export function fromFlatLayout({ batch, height, width, rowPitch }: FlatLayout, strip: Strip): Tensor {
  const grid = tf.reshape(crop(strip, 0), [-1, batch, height + 1, rowPitch]);
  return tf.slice(grid, [0, 0, 0, 0], [-1, batch, height, width]);
}

/**
 * Returns 1 at pixels and 0 elsewhere: [length + 2 halo]. Runs no operation, so that a trace has it as a
 * constant.
 */
export function pixelMask({ batch, height, width, rowPitch, length }: FlatLayout, halo: number): Tensor {
  const values = new Float32Array(length + 2 * halo);
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < height; y++) {
      const first = halo + (image * (height + 1) + y) * rowPitch;
      values.fill(1, first, first + width);
    }
  }
  return tf.tensor1d(values);
}

/** A flat layout with the masks of its pixels. */
export interface MaskedLayout {
  readonly layout: FlatLayout;
  /** Returns 1 at pixels, 0 elsewhere: [length + 2 halo]. Throws for a halo that no layer has. */
  readonly mask: (halo: number) => Tensor;
}

/**
 * Returns a strip's values with a smaller halo, shifted by an offset: y[p] = x[p + offset].
 * Throws a RangeError if the strip does not reach that far.
 */
export function crop({ values, halo: given }: Strip, halo: number, offset = 0): Tensor {
  const spare = given - halo;
  if (halo < 0 || Math.abs(offset) > spare) {
    throw new RangeError(
      `a strip with a halo of ${given} has no values for one of ${halo} at offset ${offset}`,
    );
  }
  const begin = values.shape.map(() => 0);
  const size = [...values.shape];
  begin[begin.length - 1] = spare + offset;
  size[size.length - 1] = (values.shape.at(-1) ?? 0) - 2 * spare;
  return tf.slice(values, begin, size);
}

/**
 * Sums over all positions: [lanes, ..., position] -> [lanes, ...]. A matrix product with ones, which is
 * faster than a reduction; its derivative is written out, as a broadcast.
 */
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
