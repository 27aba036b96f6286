import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { toFlatLayout } from "../network/flat-layout.js";
import type { Draws, ImageTask, TaskCell, TaskSize } from "./task.js";

// Bright discs on noise, or for t < 1/2 dark discs on bright noise, so that the discs are never the larger
// part. An image has up to M discs. Each is there with a probability q, has a radius uniform in [r, 3 r] and
// a center uniform in the square that reaches one largest radius beyond the outermost pixels. So every pixel
// lies in a given disc with the same probability
//
//   q a,  a = pi E[radius^2] / (imageSize - 1 + 6 r)^2,  E[radius^2] = 13/3 r^2
//
// and in at least one with 1 - (1 - q a)^M, which q makes the share of the discs. Overlap is allowed.

/** The largest radius of a disc, in radii r. */
const largest = 3;

/** By how much foreground is brighter: single pixels of both classes overlap over the rest. */
const contrast = 0.25;

/** Uniform numbers of one disc: its center's y and x, its radius, whether it is there. */
const numbersPerDisc = 4;

/** Objects: bright noisy discs, of drawn number and size. */
export const discs: ImageTask = {
  title: "discs",
  definition:
    "noisy discs of radius r to 3r, brighter by 0.25 than the noise around them; for t < 0.5 all but darker discs",
  usesRadius: true,
  numbersPerImage: (size) => numbersPerDisc * mostDiscs(size),
  laneNumbers: (cell) => [presence(cell), cell.threshold < 0.5 ? 1 : 0],
  workspace: (size) => 4 * mostDiscs(size) + 12,
  scene: (draws) => {
    const { pixels, labelHalo } = draws;
    const grid = foregroundGrid(draws);
    const laidOut = (halo: number): Tensor => toFlatLayout(draws.grid.layout, grid, halo);
    return {
      image: () => tf.add(tf.mul(1 - contrast, pixels.values), tf.mul(contrast, laidOut(pixels.halo))),
      foreground: () => laidOut(labelHalo),
    };
  },
};

/** Returns 1 in the foreground, 0 elsewhere: [lanes, images, y, x]. */
function foregroundGrid({ size, grid, numbers, laneNumbers }: Draws): Tensor {
  const { imageSize, radius } = size;
  const { batch } = grid.layout;
  const reach = largest * radius;
  // [lanes, images, discs, 1, 1] each.
  const drawn = tf.reshape(numbers(), [-1, batch, mostDiscs(size), 1, 1, numbersPerDisc]);
  const [y, x, size01, chance] = tf.unstack(drawn, 5) as [Tensor, Tensor, Tensor, Tensor];
  const [q, areHoles] = tf.split(laneNumbers(), 2, 1) as [Tensor, Tensor];
  const place = (u: Tensor): Tensor => tf.sub(tf.mul(u, imageSize - 1 + 2 * reach), reach);
  const pixel = tf.range(0, imageSize);
  const dy = tf.sub(tf.reshape(pixel, [imageSize, 1]), place(y));
  const dx = tf.sub(tf.reshape(pixel, [1, imageSize]), place(x));
  const radii = tf.add(radius, tf.mul(size01, reach - radius));
  // No pixel is nearer than a negative square.
  const squares = tf.where(tf.less(chance, perLane(q)), tf.square(radii), -1);
  const isNear = tf.cast(tf.lessEqual(tf.add(tf.square(dy), tf.square(dx)), squares), "float32");
  const inDisc = tf.max(isNear, 2);
  return tf.abs(tf.sub(inDisc, tf.squeeze(perLane(areHoles), [4])));
}

/** [lanes, 1] -> [lanes, 1, 1, 1, 1] */
function perLane(x: Tensor): Tensor {
  return tf.reshape(x, [-1, 1, 1, 1, 1]);
}

/** Returns the probability that a pixel lies in a disc that is there. */
function coverage({ imageSize, radius }: TaskSize): number {
  const meanSquare = (radius ** 2 * (1 + largest + largest ** 2)) / 3;
  return (Math.PI * meanSquare) / (imageSize - 1 + 2 * largest * radius) ** 2;
}

/** Returns the most discs of an image: so many that they can be half of it. */
function mostDiscs(size: TaskSize): number {
  return Math.ceil(Math.log(0.5) / Math.log1p(-coverage(size)));
}

/** Returns the probability that a disc is there. */
function presence(cell: TaskCell): number {
  const share = Math.min(cell.threshold, 1 - cell.threshold);
  return -Math.expm1(Math.log1p(-share) / mostDiscs(cell)) / coverage(cell);
}
