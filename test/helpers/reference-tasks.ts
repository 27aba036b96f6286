import type { TaskCell } from "../../src/study/tasks/task.js";
import type { TaskName } from "../../src/study/tasks/tasks.js";
import type { Images } from "./reference-network.js";

// The tasks in float64 with plain loops, as reference-network.ts has the network.

/** The images of a mini-batch and their labels, pixel by pixel. */
export interface ReferenceScene {
  readonly images: Images;
  readonly labels: readonly number[];
}

/**
 * Returns the images and labels that a task makes of uniform numbers.
 * @param uniform one number for every pixel
 * @param numbers the further numbers, image after image
 */
export function referenceScene(
  task: TaskName,
  { threshold, radius, imageSize }: TaskCell,
  uniform: Images,
  numbers: ArrayLike<number> = [],
): ReferenceScene {
  const values = Array.from(uniform.values);
  const pixelsOf = values.map((value, index) => {
    const image = Math.floor(index / imageSize ** 2);
    const within = index % imageSize ** 2;
    return { value, image, y: Math.floor(within / imageSize), x: within % imageSize };
  });
  switch (task) {
    case "threshold":
      return { images: uniform, labels: values.map((value) => (value > threshold ? 1 : 0)) };
    case "smooth": {
      const labels = pixelsOf.map(({ image, y, x }) => {
        const near = pixelsOf.filter(
          (other) => other.image === image && (other.y - y) ** 2 + (other.x - x) ** 2 <= radius ** 2,
        );
        const sum = near.reduce((total, { value }) => total + value, 0);
        return uniformSumDistribution(near.length, sum) > threshold ? 1 : 0;
      });
      return { images: uniform, labels };
    }
    case "discs": {
      const discs = discsOf({ threshold, radius, imageSize }, uniform.batch, Array.from(numbers));
      const labels = pixelsOf.map(({ image, y, x }) => {
        const isInside = discs.some(
          (disc) => disc.image === image && (disc.y - y) ** 2 + (disc.x - x) ** 2 <= disc.radius ** 2,
        );
        return isInside === threshold >= 0.5 ? 1 : 0;
      });
      const images = values.map((value, pixel) => 0.75 * value + 0.25 * (labels[pixel] ?? 0));
      return { images: { ...uniform, values: images }, labels };
    }
  }
}

interface Disc {
  readonly image: number;
  readonly y: number;
  readonly x: number;
  readonly radius: number;
}

function discsOf({ threshold, radius, imageSize }: TaskCell, batch: number, numbers: number[]): Disc[] {
  const side = imageSize - 1 + 6 * radius;
  const meanArea = (Math.PI * ((3 * radius) ** 3 - radius ** 3)) / (3 * 2 * radius);
  const covered = meanArea / side ** 2;
  let most = 1;
  while (1 - (1 - covered) ** most < 0.5) {
    most++;
  }
  const chance = (1 - Math.max(threshold, 1 - threshold) ** (1 / most)) / covered;
  const at = (index: number): number => numbers[index] ?? Number.NaN;
  return Array.from({ length: batch * most }, (_, disc) => ({
    image: Math.floor(disc / most),
    y: at(4 * disc) * side - 3 * radius,
    x: at(4 * disc + 1) * side - 3 * radius,
    radius: radius + at(4 * disc + 2) * 2 * radius,
    isThere: at(4 * disc + 3) < chance,
  })).filter(({ isThere }) => isThere);
}

const stepsPerUnit = 512;
const distributions = new Map<number, Float64Array>();

/** Returns P(sum of `count` uniform numbers <= x), by repeated numerical integration: to 1e-5. */
export function uniformSumDistribution(count: number, x: number): number {
  const grid = distributionGrid(count);
  const place = Math.min(Math.max(x * stepsPerUnit, 0), grid.length - 1);
  const below = Math.floor(place);
  const [low = 1, high = 1] = [grid[below], grid[below + 1]];
  return low + (place - below) * (high - low);
}

/** F_n(x) = integral of F_(n-1) from x - 1 to x, by the trapezoidal rule. */
function distributionGrid(count: number): Float64Array {
  const known = distributions.get(count);
  if (known !== undefined) {
    return known;
  }
  const grid = new Float64Array(count * stepsPerUnit + 1);
  if (count === 1) {
    grid.forEach((_, index) => {
      grid[index] = index / stepsPerUnit;
    });
  } else {
    const before = distributionGrid(count - 1);
    const at = (index: number): number => (index < 0 ? 0 : (before[index] ?? 1));
    let integral = 0;
    for (let index = 1; index < grid.length; index++) {
      const entering = (at(index - 1) + at(index)) / 2;
      const leaving = (at(index - stepsPerUnit - 1) + at(index - stepsPerUnit)) / 2;
      integral += (entering - leaving) / stepsPerUnit;
      grid[index] = integral;
    }
  }
  distributions.set(count, grid);
  return grid;
}
