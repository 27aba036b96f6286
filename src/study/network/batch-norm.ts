import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { sumOverPositions } from "./flat-layout.js";

/** Added to the variance before its root. */
export const epsilon = 1e-3;

/** How much of the moving averages stays from one step to the next. */
export const momentum = 0.99;

/** Mean and variance of every channel: [lanes, channel]. */
export interface Moments {
  readonly mean: Tensor;
  /** Of the population: divided by N. */
  readonly variance: Tensor;
}

export interface Normalised {
  /** gamma (x - mean) / sqrt(variance + epsilon) + beta: [lanes, channel, position]. */
  readonly output: Tensor;
  /** The same before gamma and beta. */
  readonly standard: Tensor;
  /** 1 / sqrt(variance + epsilon): [lanes, channel]. */
  readonly inverse: Tensor;
}

/** Moments of x [lanes, channel, position] over the pixels, which `mask` [position] marks. */
export function momentsOf(x: Tensor, mask: Tensor, pixels: number): Moments {
  const mean = tf.div(sumOverPositions(tf.mul(x, mask)), pixels);
  const centred = tf.mul(tf.sub(x, tf.expandDims(mean, -1)), mask);
  return { mean, variance: tf.div(sumOverPositions(tf.square(centred)), pixels) };
}

export function normalise(x: Tensor, { mean, variance }: Moments, gamma: Tensor, beta: Tensor): Normalised {
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const standard = tf.mul(tf.sub(x, tf.expandDims(mean, -1)), tf.expandDims(inverse, -1));
  const output = tf.add(tf.mul(standard, tf.expandDims(gamma, -1)), tf.expandDims(beta, -1));
  return { output, standard, inverse };
}

/**
 * The gradients of every loss through batch norm, given those at its output, g [lanes, losses, channel, position], 0 where no
 * pixel is. With s the standardised input and N pixels:
 *   beta: sum g;  gamma: sum g s;  input: gamma inverse (g - (sum g) / N - s (sum g s) / N)
 */
export function normaliseBack(
  g: Tensor,
  { standard, inverse }: Pick<Normalised, "standard" | "inverse">,
  gamma: Tensor,
  mask: Tensor,
  pixels: number,
): { readonly input: Tensor; readonly gamma: Tensor; readonly beta: Tensor } {
  const s = tf.expandDims(standard, 1);
  const byBeta = sumOverPositions(g);
  const byGamma = sumOverPositions(tf.mul(g, s));
  const common = tf.div(tf.expandDims(byBeta, -1), pixels);
  const along = tf.mul(s, tf.div(tf.expandDims(byGamma, -1), pixels));
  const scale = tf.expandDims(tf.expandDims(tf.mul(gamma, inverse), 1), -1);
  const input = tf.mul(tf.mul(scale, tf.sub(tf.sub(g, common), along)), mask);
  return { input, gamma: byGamma, beta: byBeta };
}

/**
 * The moving averages after a step. What enters is the unbiased variance, N / (N - 1) times the population's, as
 * TensorFlow's fused operation has it.
 */
export function updateMoving(moving: Moments, now: Moments, pixels: number): Moments {
  const towards = (old: Tensor, value: Tensor): Tensor =>
    tf.add(tf.mul(momentum, old), tf.mul(1 - momentum, value));
  return {
    mean: towards(moving.mean, now.mean),
    variance: towards(moving.variance, tf.mul(now.variance, pixels / (pixels - 1))),
  };
}
