import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { crop, type MaskedLayout, sumOverPositions } from "./flat-layout.js";
import type { Layer, Moments } from "./layer.js";

/** Added to the variance before its root. */
const epsilon = 1e-3;

/** The share of a moving average that stays from one step to the next. */
const momentum = 0.99;

/**
 * Batch norm: gamma x-hat + beta, x-hat = (x - mean) / sqrt(variance + epsilon), per channel (Ioffe & Szegedy
 * 2015). The moments are those of the input's pixels unless `moments` are given.
 *
 * Backward, with g the gradient at the output and N the number of pixels:
 *   beta: sum(g)
 *   gamma: sum(g x-hat)
 *   input: gamma / sqrt(variance + epsilon) (g - sum(g) / N - x-hat sum(g x-hat) / N)
 */
export function batchNorm(
  { layout, mask }: MaskedLayout,
  gamma: Tensor,
  beta: Tensor,
  moments?: Moments,
): Layer {
  return ({ values, halo }) => {
    const used = moments ?? momentsOf(values, mask(halo), layout.pixels);
    const inverseStd = tf.rsqrt(tf.add(used.variance, epsilon));
    const xHat = tf.mul(tf.sub(values, tf.expandDims(used.mean, -1)), tf.expandDims(inverseStd, -1));
    const output = tf.add(tf.mul(xHat, tf.expandDims(gamma, -1)), tf.expandDims(beta, -1));
    return {
      output: { values: output, halo },
      moments: [used],
      backward: (gradient) => {
        const g = gradient.values;
        const s = tf.expandDims(crop({ values: xHat, halo }, gradient.halo), 1);
        const betaGradient = sumOverPositions(g);
        const gammaGradient = sumOverPositions(tf.mul(g, s));
        const mean = tf.div(tf.expandDims(betaGradient, -1), layout.pixels);
        const alongXHat = tf.mul(s, tf.div(tf.expandDims(gammaGradient, -1), layout.pixels));
        const scale = tf.expandDims(tf.expandDims(tf.mul(gamma, inverseStd), 1), -1);
        const centered = tf.sub(tf.sub(g, mean), alongXHat);
        const input = tf.mul(tf.mul(scale, centered), mask(gradient.halo));
        return {
          variables: { gamma: gammaGradient, beta: betaGradient },
          input: { values: input, halo: gradient.halo },
        };
      },
    };
  };
}

/** Returns the moments of x, [lanes, channel, position], over the pixels, which `mask` marks. */
function momentsOf(x: Tensor, mask: Tensor, pixels: number): Moments {
  const mean = tf.div(sumOverPositions(tf.mul(x, mask)), pixels);
  const centered = tf.mul(tf.sub(x, tf.expandDims(mean, -1)), mask);
  return { mean, variance: tf.div(sumOverPositions(tf.square(centered)), pixels) };
}

/**
 * Returns the moving averages after a step. What enters is the unbiased variance, N / (N - 1) times the
 * population's, as in TensorFlow's fused operation.
 */
export function updateMovingAverages(moving: Moments, batch: Moments, pixels: number): Moments {
  const towards = (old: Tensor, value: Tensor): Tensor =>
    tf.add(tf.mul(momentum, old), tf.mul(1 - momentum, value));
  return {
    mean: towards(moving.mean, batch.mean),
    variance: towards(moving.variance, tf.mul(batch.variance, pixels / (pixels - 1))),
  };
}
