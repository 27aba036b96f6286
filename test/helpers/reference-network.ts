import type { LossName } from "../../src/study/losses.js";
import { type Architecture, sizeOf, variablesOf } from "../../src/study/network/architecture.js";
import type { Cell } from "../../src/study/run.js";

// The study once more in float64, with plain loops and no tensors: what tests hold the tensor programs against.

/** A mini-batch: `size` x `size` pixels, [batch][y][x] flat. */
export interface Images {
  readonly batch: number;
  readonly size: number;
  readonly values: ArrayLike<number>;
}

export interface Moments {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** Logits [pixel][background, foreground] of what the network sees, and the moments of every batch norm. */
export function forward(
  architecture: Architecture,
  parameters: ArrayLike<number>,
  images: Images,
  moving?: readonly Moments[],
): { readonly logits: number[][]; readonly moments: Moments[] } {
  const take = reader(architecture, parameters);
  const moments: Moments[] = [];
  let features = Array.from(images.values, (value) => [value]);
  for (let layer = 0; layer < architecture.convLayers; layer++) {
    const sums = convolve(features, images, take(), architecture.filters);
    if (architecture.batchNorm) {
      const [gamma, beta] = [take(), take()];
      const { mean, variance } = moving?.[layer] ?? momentsOf(sums);
      moments.push({ mean, variance });
      features = sums.map((pixel) =>
        pixel.map(
          (x, f) => (at(gamma, f) * (x - at(mean, f))) / Math.sqrt(at(variance, f) + 1e-3) + at(beta, f),
        ),
      );
    } else {
      const bias = take();
      features = sums.map((pixel) => pixel.map((x, f) => x + at(bias, f)));
    }
    features = features.map((pixel) => pixel.map((x) => Math.max(0, x)));
  }
  const [weights, bias] = [take(), take()];
  const logits = features.map((pixel) =>
    [0, 1].map((c) => pixel.reduce((sum, x, f) => sum + x * at(weights, 2 * f + c), at(bias, c))),
  );
  return { logits, moments };
}

/** Gives the variables one after the other. */
function reader(architecture: Architecture, parameters: ArrayLike<number>): () => number[] {
  const all = Array.from(parameters);
  const sizes = variablesOf(architecture).map(sizeOf);
  return () => all.splice(0, sizes.shift() ?? 0);
}

/** 3x3, zero padding; weights [dy][dx][in][out] flat. */
function convolve(features: number[][], { size }: Images, weights: number[], outputs: number): number[][] {
  return features.map((_, pixel) => {
    const image = pixel - (pixel % size ** 2);
    const y = Math.floor((pixel - image) / size);
    const x = pixel % size;
    const sums = Array.from({ length: outputs }, () => 0);
    for (let shift = 0; shift < 9; shift++) {
      const row = y + Math.floor(shift / 3) - 1;
      const column = x + (shift % 3) - 1;
      if (row < 0 || row >= size || column < 0 || column >= size) {
        continue;
      }
      const neighbour = features[image + row * size + column] ?? [];
      for (const [input, value] of neighbour.entries()) {
        for (let output = 0; output < outputs; output++) {
          sums[output] =
            at(sums, output) + value * at(weights, (shift * neighbour.length + input) * outputs + output);
        }
      }
    }
    return sums;
  });
}

function momentsOf(features: number[][]): Moments {
  const mean = (value: (pixel: number[], f: number) => number): number[] =>
    (features[0] ?? []).map(
      (_, f) => features.reduce((sum, pixel) => sum + value(pixel, f), 0) / features.length,
    );
  const means = mean((pixel, f) => at(pixel, f));
  return { mean: means, variance: mean((pixel, f) => (at(pixel, f) - at(means, f)) ** 2) };
}

/** The foreground's probability of every pixel. */
export function foregroundProbabilities(logits: readonly number[][]): number[] {
  return logits.map((pixel) => 1 / (1 + Math.exp(at(pixel, 0) - at(pixel, 1))));
}

/** The losses that are written down here once more. */
export const knownLosses = [
  "cce",
  "dice",
  "dice_square",
  "dicefg",
  "dicefg_square",
  "wcce",
  "focal",
  "tversky",
] as const satisfies readonly LossName[];

export type KnownLoss = (typeof knownLosses)[number];

export type LossSettings = Pick<
  Cell,
  "lossEpsilon" | "threshold" | "foregroundWeight" | "focalGamma" | "tverskyAlpha" | "tverskyBeta"
>;

/** Every loss by its definition, of the foreground's probability and label (0 or 1) of every pixel. */
export function lossValues(
  probabilities: readonly number[],
  labels: readonly number[],
  settings: LossSettings,
): Record<KnownLoss, number> {
  const { lossEpsilon: eps, focalGamma, tverskyAlpha, tverskyBeta, threshold } = settings;
  const weight = settings.foregroundWeight === "inverse" ? threshold : settings.foregroundWeight;
  const total = (value: (p: number, y: number) => number): number =>
    probabilities.reduce((sum, p, pixel) => sum + value(p, at(labels, pixel)), 0);
  const mean = (value: (p: number, y: number) => number): number => total(value) / probabilities.length;
  const clip = (p: number): number => Math.min(Math.max(p, eps), 1 - eps);
  // The probability of the pixel's own class.
  const own = (p: number, y: number): number => clip(y === 1 ? p : 1 - p);
  const dice = (power: number, foreground: boolean): number => {
    const [q, z] = [(p: number) => (foreground ? p : 1 - p), (y: number) => (foreground ? y : 1 - y)];
    const overlap = 2 * total((p, y) => q(p) * z(y)) + eps;
    return overlap / (total((_, y) => z(y) ** power) + total((p) => q(p) ** power) + eps);
  };
  const hit = total((p, y) => p * y);
  const wrong = tverskyAlpha * total((p, y) => p * (1 - y)) + tverskyBeta * total((p, y) => (1 - p) * y);
  return {
    cce: mean((p, y) => -Math.log(own(p, y))),
    dice: 1 - (dice(1, false) + dice(1, true)) / 2,
    dice_square: 1 - (dice(2, false) + dice(2, true)) / 2,
    dicefg: 1 - dice(1, true),
    dicefg_square: 1 - dice(2, true),
    wcce: mean((p, y) => -(y === 1 ? weight : 1 - weight) * Math.log(own(p, y))),
    focal: mean((p, y) => -((1 - own(p, y)) ** focalGamma) * Math.log(own(p, y))),
    tversky: 1 - (hit + eps) / (hit + wrong + eps),
  };
}

/** Every loss of a network on a mini-batch of raw images, as a step records it. */
export function lossesOf(
  architecture: Architecture,
  parameters: ArrayLike<number>,
  images: Images,
  cell: LossSettings & Pick<Cell, "input">,
  labels = labelsOf(images, cell.threshold),
): Record<KnownLoss, number> {
  const seen = Array.from(images.values, (x) => ({ raw: x, inverted: 1 - x, centred: x - 0.5 })[cell.input]);
  const { logits } = forward(architecture, parameters, { ...images, values: seen });
  return lossValues(foregroundProbabilities(logits), labels, cell);
}

export function labelsOf({ values }: Images, threshold: number): number[] {
  return Array.from(values, (x) => (x > threshold ? 1 : 0));
}

/** Gradients of several functions of the parameters by central differences: [parameter] by name. */
export function differences<Name extends string>(
  values: (parameters: readonly number[]) => Record<Name, number>,
  parameters: ArrayLike<number>,
): Record<Name, number[]> {
  // Short, so that next to no pixel passes a ReLU's corner on the way.
  const h = 1e-7;
  const gradients = {} as Record<Name, number[]>;
  for (let index = 0; index < parameters.length; index++) {
    const moved = (by: number): Record<Name, number> =>
      values(Array.from(parameters, (value, other) => (other === index ? value + by : value)));
    const [above, below] = [moved(h), moved(-h)];
    for (const name of Object.keys(above) as Name[]) {
      gradients[name] ??= [];
      gradients[name].push((above[name] - below[name]) / (2 * h));
    }
  }
  return gradients;
}

export function norm(gradient: readonly number[]): number {
  return Math.hypot(...gradient);
}

function at(list: ArrayLike<number>, index: number): number {
  const value = list[index];
  if (value === undefined) {
    throw new RangeError(`no item ${index} among ${list.length}`);
  }
  return value;
}
