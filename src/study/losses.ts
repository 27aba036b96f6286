import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";

/** The arguments of a loss. Channel 0 is the background, channel 1 the foreground. */
export interface Prediction {
  /** Softmax probabilities, [lanes, channel, position]; 0 at positions that hold no pixel. */
  readonly p: Tensor;
  /** One-hot labels, [lanes, channel, position]; 0 at positions that hold no pixel. */
  readonly y: Tensor;
  /** The number of pixels in the mini-batch. */
  readonly pixels: number;
  /** Sums over positions: [lanes, channel, position] -> [lanes, channel]. */
  readonly sum: (x: Tensor) => Tensor;
  /** Returns a parameter of the losses in every lane, [lanes, 1]. */
  readonly parameter: (name: LossParameter) => Tensor;
}

/** The parameters of the losses, each a key of a config. */
export type LossParameter =
  | "lossEpsilon"
  | "foregroundWeight"
  | "focalGamma"
  | "tverskyAlpha"
  | "tverskyBeta";

/** One row of the table of losses. Legends, help and the tables of the docs show its first three fields. */
export interface Loss {
  /** The name in words, as legends and help show it. */
  readonly title: string;
  /** The definition as plain text; sums run over the pixels of the mini-batch, eps is `lossEpsilon`. */
  readonly formula: string;
  /** The paper that introduced it, with its year; undefined where there is no single one. */
  readonly reference: string | undefined;
  /** Returns the value in every lane, [lanes]. Its derivative is found by automatic differentiation. */
  readonly value: (prediction: Prediction) => Tensor;
}

/** Every loss, in the order of columns, tables and figures. An entry here is all that a loss needs. */
export const losses = {
  cce: {
    title: "cross entropy",
    formula: "mean over pixels of -sum over channels of y log(clip(p, eps, 1 - eps))",
    reference: undefined,
    value: (prediction) => meanOverPixels(prediction, negativeLogLikelihood(prediction)),
  },
  dice: {
    title: "Dice",
    formula: "1 - mean over channels of (2 sum(y p) + eps) / (sum(y) + sum(p) + eps)",
    reference: undefined,
    value: (prediction) => tf.sub(1, tf.mean(diceOverlap(prediction, identity), 1)),
  },
  dice_square: {
    title: "Dice, squared",
    formula: "1 - mean over channels of (2 sum(y p) + eps) / (sum(y^2) + sum(p^2) + eps)",
    reference: "Milletari et al. 2016 (V-Net)",
    value: (prediction) => tf.sub(1, tf.mean(diceOverlap(prediction, tf.square), 1)),
  },
  dicefg: {
    title: "foreground Dice",
    formula: "1 - (2 sum(y p) + eps) / (sum(y) + sum(p) + eps), of the foreground channel",
    reference: undefined,
    value: (prediction) => tf.sub(1, foreground(diceOverlap(prediction, identity))),
  },
  dicefg_square: {
    title: "foreground Dice, squared",
    formula: "1 - (2 sum(y p) + eps) / (sum(y^2) + sum(p^2) + eps), of the foreground channel",
    reference: "Milletari et al. 2016 (V-Net)",
    value: (prediction) => tf.sub(1, foreground(diceOverlap(prediction, tf.square))),
  },
  wcce: {
    title: "weighted cross entropy",
    formula:
      "mean over pixels of -sum over channels of w y log(clip(p, eps, 1 - eps)), " +
      "w = foregroundWeight for the foreground, 1 - foregroundWeight for the background",
    reference: undefined,
    value: (prediction) => {
      const weight = prediction.parameter("foregroundWeight");
      const weights = tf.expandDims(tf.concat([tf.sub(1, weight), weight], 1), 2);
      return meanOverPixels(prediction, tf.mul(weights, negativeLogLikelihood(prediction)));
    },
  },
  focal: {
    title: "focal",
    formula:
      "mean over pixels of -sum over channels of y (1 - q)^focalGamma log(q), q = clip(p, eps, 1 - eps)",
    reference: "Lin et al. 2017 (RetinaNet)",
    value: (prediction) => {
      const gamma = tf.expandDims(prediction.parameter("focalGamma"), 2);
      const modulation = tf.pow(tf.sub(1, clipped(prediction)), gamma);
      return meanOverPixels(prediction, tf.mul(modulation, negativeLogLikelihood(prediction)));
    },
  },
  tversky: {
    title: "Tversky",
    formula:
      "1 - (TP + eps) / (TP + tverskyAlpha FP + tverskyBeta FN + eps), of the foreground channel: " +
      "TP = sum(y p), FP = sum(p) - TP, FN = sum(y) - TP",
    reference: "Salehi et al. 2017",
    value: (prediction) => {
      const { p, y, sum, parameter } = prediction;
      const truePositive = foreground(sum(tf.mul(y, p)));
      const falsePositive = tf.sub(foreground(sum(p)), truePositive);
      const falseNegative = tf.sub(foreground(sum(y)), truePositive);
      const weighted = (name: LossParameter, x: Tensor): Tensor =>
        tf.mul(tf.squeeze(parameter(name), [1]), x);
      const errors = tf.add(weighted("tverskyAlpha", falsePositive), weighted("tverskyBeta", falseNegative));
      const epsilon = tf.squeeze(parameter("lossEpsilon"), [1]);
      const numerator = tf.add(truePositive, epsilon);
      return tf.sub(1, tf.div(numerator, tf.add(tf.add(truePositive, errors), epsilon)));
    },
  },
} as const satisfies Readonly<Record<string, Loss>>;

/** The identifier of a loss: its key in the table, its value in a config, the prefix of its columns. */
export type LossName = keyof typeof losses;

/** All identifiers, in table order. */
export const lossNames = Object.keys(losses) as LossName[];

/**
 * The losses of the study itself, monitored unless a config says otherwise. A constant, whatever else the
 * table holds.
 */
export const studyLosses: readonly LossName[] = ["cce", "dice", "dice_square", "dicefg", "dicefg_square"];

function identity(x: Tensor): Tensor {
  return x;
}

/** Limits p to [eps, 1 - eps]. The derivative is 0 outside. */
function clipped({ p, parameter }: Prediction): Tensor {
  const epsilon = tf.expandDims(parameter("lossEpsilon"), 2);
  return tf.minimum(tf.maximum(p, epsilon), tf.sub(1, epsilon));
}

/** Returns -y log p, [lanes, channel, position]. */
function negativeLogLikelihood(prediction: Prediction): Tensor {
  return tf.neg(tf.mul(prediction.y, tf.log(clipped(prediction))));
}

/** Sums x over channels and positions and divides by the number of pixels: [lanes]. */
function meanOverPixels({ sum, pixels }: Prediction, x: Tensor): Tensor {
  return tf.div(tf.sum(sum(x), 1), pixels);
}

/** Returns (2 sum(y p) + eps) / (sum(f(y)) + sum(f(p)) + eps) of every channel, [lanes, channel]. */
function diceOverlap({ p, y, sum, parameter }: Prediction, f: (x: Tensor) => Tensor): Tensor {
  const epsilon = parameter("lossEpsilon");
  const numerator = tf.add(tf.mul(2, sum(tf.mul(y, p))), epsilon);
  return tf.div(numerator, tf.add(tf.add(sum(f(y)), sum(f(p))), epsilon));
}

/** Takes the foreground channel: [lanes, channel] -> [lanes]. */
function foreground(x: Tensor): Tensor {
  return tf.squeeze(tf.slice(x, [0, 1], [-1, 1]), [1]);
}
