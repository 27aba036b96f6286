import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { fromFlatLayout, toFlatLayout } from "../network/flat-layout.js";
import { irwinHallQuantile } from "./irwin-hall.js";
import type { Draws, ImageTask, TaskSize } from "./task.js";

// A pixel is foreground where the noise in the disc around it has a sum above a quantile. The disc ends at
// the image's edge, where the sum has fewer terms. Every number of terms has its own quantile, of the
// Irwin-Hall distribution: the foreground share is 1 - t at every pixel, also in the corners.

/** Labels depend on a pixel's surroundings: the noise, averaged over a disc, exceeds a quantile. */
export const smooth: ImageTask = {
  title: "smooth",
  definition:
    "pixels around which uniform noise, averaged over the disc of radius r, exceeds its quantile of probability t",
  usesRadius: true,
  numbersPerImage: () => 0,
  laneNumbers: ({ threshold, ...size }) =>
    discSizes(size).map((count) => irwinHallQuantile(count, threshold)),
  workspace: ({ radius }) => 6 * radius + 12,
  scene: (draws) => ({
    image: () => draws.pixels.values,
    foreground: () => {
      const labels = tf.cast(tf.greater(discSums(draws), quantiles(draws)), "float32");
      return toFlatLayout(draws.grid.layout, labels, draws.labelHalo);
    },
  }),
};

/** Returns how many pixels a disc extends to either side in the row `dy` rows from its center. */
function halfWidth(radius: number, dy: number): number {
  return Math.floor(Math.sqrt(radius ** 2 - dy ** 2));
}

/** Returns the numbers from -radius to radius. */
function rowsOfDisc(radius: number): readonly number[] {
  return Array.from({ length: 2 * radius + 1 }, (_, index) => index - radius);
}

/**
 * Returns the sum over the disc around every pixel, of the pixels inside the image: [lanes, images, y, x].
 */
function discSums({ grid, size, pixels }: Draws): Tensor {
  const { radius, imageSize } = size;
  const images = fromFlatLayout(grid.layout, pixels);
  const padded = tf.pad(images, [
    [0, 0],
    [0, 0],
    [radius, radius],
    [radius, radius],
  ]);
  const shiftedX = (dx: number): Tensor => tf.slice(padded, [0, 0, 0, radius + dx], [-1, -1, -1, imageSize]);
  // rows[w] is the sum over 2 w + 1 pixels of a row.
  const rows = [shiftedX(0)];
  for (let w = 1; w <= radius; w++) {
    rows.push(tf.addN([rows[w - 1] as Tensor, shiftedX(-w), shiftedX(w)]));
  }
  const parts = rowsOfDisc(radius).map((dy) => {
    const row = rows[halfWidth(radius, dy)] as Tensor;
    return tf.slice(row, [0, 0, radius + dy, 0], [-1, -1, imageSize, -1]);
  });
  return tf.addN(parts);
}

/** Returns the quantile that holds at every pixel: [lanes, 1, y, x]. */
function quantiles({ size, laneNumbers }: Draws): Tensor {
  const sizes = discSizes(size);
  const pixels = pixelsInDiscs(size);
  const oneHot = sizes.map((count) => pixels.map((own) => (own === count ? 1 : 0)));
  return tf.reshape(tf.matMul(laneNumbers(), tf.tensor2d(oneHot)), [-1, 1, size.imageSize, size.imageSize]);
}

/** Returns the numbers of pixels that the discs of an image have, each once, ascending. */
function discSizes(size: TaskSize): readonly number[] {
  return [...new Set(pixelsInDiscs(size))].sort((a, b) => a - b);
}

/** Returns how many pixels of the image lie in the disc around each: [y, x], flat. */
function pixelsInDiscs({ imageSize, radius }: TaskSize): readonly number[] {
  const inRow = (x: number, w: number): number => Math.min(x + w, imageSize - 1) - Math.max(x - w, 0) + 1;
  return Array.from({ length: imageSize ** 2 }, (_, pixel) => {
    const [y, x] = [Math.floor(pixel / imageSize), pixel % imageSize];
    return rowsOfDisc(radius)
      .filter((dy) => y + dy >= 0 && y + dy < imageSize)
      .reduce((count, dy) => count + inRow(x, halfWidth(radius, dy)), 0);
  });
}
