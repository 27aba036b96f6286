import type { LossName } from "../../src/study/losses.js";
import { type Architecture, sizeOf, variablesOf } from "../../src/study/network/architecture.js";
import type { Cell } from "../../src/study/run.js";

// The study in float64 with plain loops and no tensors: what the tests compare the tensor programs with, and
// the place to read what src/study/network computes. Features are lists of pixels, image after image and row
// after row, each pixel a list of its channels. Gradients are central differences of the losses.

/** A mini-batch of `batch` images of `size` x `size` pixels: [batch][y][x], flat. */
export interface Images {
  readonly batch: number;
  readonly size: number;
  readonly values: ArrayLike<number>;
}

/** Mean and population variance of every channel. */
export interface ReferenceMoments {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** [pixel][channel] */
type Features = readonly (readonly number[])[];

/**
 * Runs the network on its input (after the `input` parameter). Returns the logits, [pixel][background,
 * foreground], and the moments that every batch norm used: the mini-batch's, or `moving` where given.
 */
export function forward(
  architecture: Architecture,
  parameters: ArrayLike<number>,
  images: Images,
  moving?: readonly ReferenceMoments[],
): { readonly logits: Features; readonly moments: readonly ReferenceMoments[] } {
  const nextVariable = variableReader(architecture, parameters);
  const moments: ReferenceMoments[] = [];
  let features: Features = Array.from(images.values, (value) => [value]);
  for (let layer = 0; layer < architecture.convLayers; layer++) {
    features = convolve3x3(features, images, nextVariable(), architecture.filters);
    if (architecture.batchNorm) {
      const used = moving?.[layer] ?? momentsOf(features);
      features = normalize(features, used, nextVariable(), nextVariable());
      moments.push(used);
    } else {
      features = addBias(features, nextVariable());
    }
    features = features.map((pixel) => pixel.map((x) => Math.max(0, x)));
  }
  const logits = addBias(convolve1x1(features, nextVariable(), 2), nextVariable());
  return { logits, moments };
}

/** Returns a function that reads one variable after the other from flat parameters. */
function variableReader(architecture: Architecture, parameters: ArrayLike<number>): () => readonly number[] {
  const rest = Array.from(parameters);
  const sizes = variablesOf(architecture).map(sizeOf);
  return () => rest.splice(0, sizes.shift() ?? 0);
}

/** 3x3 convolution, stride 1, zero padding; weights [dy][dx][in][out], flat. */
function convolve3x3(
  features: Features,
  { batch, size }: Images,
  weights: readonly number[],
  outputs: number,
): number[][] {
  const inputs = features[0]?.length ?? 0;
  const result: number[][] = [];
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const sums = Array.from({ length: outputs }, () => 0);
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const isInside = y + dy >= 0 && y + dy < size && x + dx >= 0 && x + dx < size;
            const neighbor = isInside ? features[(image * size + y + dy) * size + x + dx] : undefined;
            for (const [input, value] of (neighbor ?? []).entries()) {
              const row = (3 * (dy + 1) + dx + 1) * inputs + input;
              for (let output = 0; output < outputs; output++) {
                sums[output] = at(sums, output) + value * at(weights, row * outputs + output);
              }
            }
          }
        }
        result.push(sums);
      }
    }
  }
  return result;
}

/** 1x1 convolution; weights [in][out], flat. */
function convolve1x1(features: Features, weights: readonly number[], outputs: number): number[][] {
  return features.map((pixel) =>
    Array.from({ length: outputs }, (_, output) =>
      pixel.reduce((sum, x, input) => sum + x * at(weights, input * outputs + output), 0),
    ),
  );
}

function addBias(features: Features, bias: readonly number[]): number[][] {
  return features.map((pixel) => pixel.map((x, channel) => x + at(bias, channel)));
}

/** gamma (x - mean) / sqrt(variance + 1e-3) + beta, per channel. */
function normalize(
  features: Features,
  { mean, variance }: ReferenceMoments,
  gamma: readonly number[],
  beta: readonly number[],
): number[][] {
  return features.map((pixel) =>
    pixel.map((x, c) => (at(gamma, c) * (x - at(mean, c))) / Math.sqrt(at(variance, c) + 1e-3) + at(beta, c)),
  );
}

function momentsOf(features: Features): ReferenceMoments {
  const average = (of: (pixel: readonly number[], channel: number) => number): number[] =>
    (features[0] ?? []).map(
      (_, channel) => features.reduce((sum, pixel) => sum + of(pixel, channel), 0) / features.length,
    );
  const mean = average((pixel, channel) => at(pixel, channel));
  return { mean, variance: average((pixel, channel) => (at(pixel, channel) - at(mean, channel)) ** 2) };
}

/** Returns the foreground's probability of every pixel: the softmax of two logits. */
export function foregroundProbabilities(logits: Features): number[] {
  return logits.map((pixel) => 1 / (1 + Math.exp(at(pixel, 0) - at(pixel, 1))));
}

/** The losses that this file defines a second time. */
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

/** A loss of this file. */
export type KnownLoss = (typeof knownLosses)[number];

/** The parameters on which losses depend. */
export type LossSettings = Pick<
  Cell,
  "lossEpsilon" | "threshold" | "foregroundWeight" | "focalGamma" | "tverskyAlpha" | "tverskyBeta"
>;

/**
 * Returns every loss by its definition, given the probability and label (0 or 1) of the foreground at every
 * pixel.
 */
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
  const ofTrueClass = (p: number, y: number): number => clip(y === 1 ? p : 1 - p);
  const dice = (power: number, foreground: boolean): number => {
    const ofClass = (x: number): number => (foreground ? x : 1 - x);
    const overlap = 2 * total((p, y) => ofClass(p) * ofClass(y)) + eps;
    return overlap / (total((_, y) => ofClass(y) ** power) + total((p) => ofClass(p) ** power) + eps);
  };
  const truePositive = total((p, y) => p * y);
  const falsePositive = total((p, y) => p * (1 - y));
  const falseNegative = total((p, y) => (1 - p) * y);
  const errors = tverskyAlpha * falsePositive + tverskyBeta * falseNegative;
  return {
    cce: mean((p, y) => -Math.log(ofTrueClass(p, y))),
    dice: 1 - (dice(1, false) + dice(1, true)) / 2,
    dice_square: 1 - (dice(2, false) + dice(2, true)) / 2,
    dicefg: 1 - dice(1, true),
    dicefg_square: 1 - dice(2, true),
    wcce: mean((p, y) => -(y === 1 ? weight : 1 - weight) * Math.log(ofTrueClass(p, y))),
    focal: mean((p, y) => -((1 - ofTrueClass(p, y)) ** focalGamma) * Math.log(ofTrueClass(p, y))),
    tversky: 1 - (truePositive + eps) / (truePositive + errors + eps),
  };
}

/** Returns every loss of a network on a mini-batch of raw images, as a step records it. */
export function lossesOf(
  architecture: Architecture,
  parameters: ArrayLike<number>,
  images: Images,
  cell: LossSettings & Pick<Cell, "input" | "inputShift">,
  labels = labelsOf(images, cell.threshold),
): Record<KnownLoss, number> {
  const input = Array.from(
    images.values,
    (x) => ({ raw: x, inverted: 1 - x, centred: x - 0.5 })[cell.input] + cell.inputShift,
  );
  const { logits } = forward(architecture, parameters, { ...images, values: input });
  return lossValues(foregroundProbabilities(logits), labels, cell);
}

/** Returns 1 where a pixel is above the threshold, else 0. */
export function labelsOf({ values }: Images, threshold: number): number[] {
  return Array.from(values, (x) => (x > threshold ? 1 : 0));
}

/**
 * Returns the gradients of several functions of the parameters, by central differences: by name, [parameter].
 */
export function differences<Name extends string>(
  values: (parameters: readonly number[]) => Record<Name, number>,
  parameters: ArrayLike<number>,
): Record<Name, number[]> {
  // So short that hardly a pixel crosses the corner of a ReLU on the way.
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

/** Returns the Euclidean norm. */
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
