import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { statelessUniform, tf } from "../tensorflow/index.js";
import { type FlatLayout, toFlatLayout } from "./network/flat-layout.js";
import { foldIn, type StreamSeed } from "./random.js";
import type { EvaluateWith } from "./run.js";

// Images are drawn in blocks of many steps: one call of the generator per step would cost a fifth of the
// step's time. Block 0 ends with step 0 and every other block with a multiple of its length, as the
// evaluations do.

/** Pixels of a block of the study's images: 250 steps of 2 images of 32 x 32. */
const blockPixels = 250 * 2 * 32 * 32;
const longestBlock = 250;

/** Returns how many steps a block holds: 250 of the study's images, fewer of larger mini-batches. */
export function blockLength(layout: FlatLayout): number {
  return Math.max(1, Math.min(longestBlock, Math.floor(blockPixels / layout.pixels)));
}

/**
 * Returns the block that holds the images of a step, and the row in it; `length` is the length of a block.
 */
export function locateStep(step: number, length: number): { readonly block: number; readonly row: number } {
  const shifted = step + length - 1;
  return { block: Math.floor(shifted / length), row: shifted % length };
}

/** Draws a block of mini-batches, uniform in [0, 1), on the flat layout: [block length, length + 2 halo]. */
export function drawBlock(layout: FlatLayout, stream: StreamSeed, block: number, halo: number): Tensor {
  return tf.tidy(() => {
    const images = statelessUniform([blockLength(layout), layout.pixels], foldIn(stream, block));
    return toFlatLayout(layout, images, halo);
  });
}

/**
 * Draws `count` validation images in mini-batches of `layout.batch`, on the flat layout: [count / batch,
 * length + 2 halo]. The images do not depend on the size of the mini-batches.
 */
export function drawValidation(layout: FlatLayout, stream: StreamSeed, count: number, halo: number): Tensor {
  return tf.tidy(() => {
    const images = statelessUniform([count, layout.height * layout.width], stream);
    return toFlatLayout(layout, images, halo);
  });
}

/**
 * Draws what a task takes beside one number for every pixel, for a block of mini-batches: [block length,
 * count].
 */
export function drawBlockNumbers(
  layout: FlatLayout,
  stream: StreamSeed,
  block: number,
  count: number,
): Tensor {
  // The images have the parts from 0 on.
  return statelessUniform([blockLength(layout), count], foldIn(stream, -1 - block));
}

/**
 * Draws what a task takes beside one number for every pixel, for `count` validation images: [mini-batches,
 * count].
 */
export function drawValidationNumbers(
  layout: FlatLayout,
  stream: StreamSeed,
  images: number,
  numbersPerImage: number,
): Tensor {
  const count = layout.batch * numbersPerImage;
  return statelessUniform([images / layout.batch, count], foldIn(stream, -1));
}

/**
 * Returns how many of `count` validation images are evaluated at a time: all of them where batch norm uses
 * the moments of the images themselves, else the largest number up to 8 that divides `count`.
 */
export function validationBatch(count: number, evaluateWith: EvaluateWith): number {
  if (evaluateWith === "batch") {
    return count;
  }
  let batch = Math.min(8, count);
  while (count % batch !== 0) {
    batch--;
  }
  return batch;
}
