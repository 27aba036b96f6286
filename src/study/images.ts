import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { statelessUniform, tf } from "../tensorflow/index.js";
import { type FlatLayout, toFlatLayout } from "./network/flat-layout.js";
import { foldIn, type StreamSeed } from "./random.js";
import type { EvaluateWith } from "./run.js";

// Images are drawn for many steps at once, in blocks: one call of the generator per step would cost a fifth of the step.
// Block 0 ends with step 0 and the others end with a multiple of their length, as the measurements of accuracy do.

/** Pixels in a block of the study's images: 250 steps of 2 images of 32 x 32. */
const blockPixels = 250 * 2 * 32 * 32;
const longestBlock = 250;

/** Steps in a block. */
export function blockLength(layout: FlatLayout): number {
  return Math.max(1, Math.min(longestBlock, Math.floor(blockPixels / layout.pixels)));
}

/** Where a step's images are: the block, and the row in it. */
export function locateStep(step: number, length: number): { readonly block: number; readonly row: number } {
  const shifted = step + length - 1;
  return { block: Math.floor(shifted / length), row: shifted % length };
}

/** A block of mini-batches, laid out in a layout: [block length, length + 2 margin], uniform in [0, 1). */
export function drawBlock(layout: FlatLayout, stream: StreamSeed, block: number, margin: number): Tensor {
  return tf.tidy(() => {
    const images = statelessUniform([blockLength(layout), layout.pixels], foldIn(stream, block));
    return toFlatLayout(layout, images, margin);
  });
}

/** `count` validation images in mini-batches of `layout.batch`: [count / batch, length + 2 margin]. */
export function drawValidation(
  layout: FlatLayout,
  stream: StreamSeed,
  count: number,
  margin: number,
): Tensor {
  return tf.tidy(() =>
    toFlatLayout(layout, statelessUniform([count, layout.height * layout.width], stream), margin),
  );
}

/**
 * How many of `count` images are measured at a time: all of them where their own moments count, else the largest number
 * up to 8 that divides `count`.
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
