import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/backend.js";

/** What a loss is a function of. Channel 0 is background, 1 foreground. */
export interface Prediction {
  /** Probabilities [lanes, channel, position]; 0 where no pixel is. */
  readonly p: Tensor;
  /** One-hot labels, likewise. */
  readonly y: Tensor;
  /** Pixels in the mini-batch. */
  readonly pixels: number;
  /** The sum over positions: [lanes, channel, position] -> [lanes, channel]. */
  readonly sum: (x: Tensor) => Tensor;
  /** A parameter of the losses: [lanes, 1]. */
  readonly parameter: (name: LossParameter) => Tensor;
}

/** The parameters of the losses, each a key of a config. */
export type LossParameter =
  | "lossEpsilon"
  | "foregroundWeight"
  | "focalGamma"
  | "tverskyAlpha"
  | "tverskyBeta";

export interface Loss {
  /** Its name in words. */
  readonly title: string;
  /** Its value in every lane: [lanes]. The gradient is found from it. */
  readonly value: (prediction: Prediction) => Tensor;
}

/** Every loss, in the order of columns, tables and figures. An entry here is all that a loss needs. */
export const losses = {
  /** Mean over pixels of -sum over channels of y log p. */
  cce: {
    title: "cross entropy",
    value: (prediction) => meanOverPixels(prediction, negativeLogLikelihood(prediction)),
  },
  /** 1 - mean over channels of (2 sum y p + eps) / (sum y + sum p + eps). */
  dice: {
    title: "Dice",
    value: (prediction) =>
      tf.sub(
        1,
        tf.mean(
          diceOverlap(prediction, (x) => x),
          1,
        ),
      ),
  },
  /** The same with squares in the denominator (Milletari et al. 2016, V-Net). */
  dice_square: {
    title: "Dice, squared",
    value: (prediction) => tf.sub(1, tf.mean(diceOverlap(prediction, tf.square), 1)),
  },
  /** Dice of the foreground channel alone. */
  dicefg: {
    title: "foreground Dice",
    value: (prediction) => tf.sub(1, foreground(diceOverlap(prediction, (x) => x))),
  },
  dicefg_square: {
    title: "foreground Dice, squared",
    value: (prediction) => tf.sub(1, foreground(diceOverlap(prediction, tf.square))),
  },
  /** Cross entropy with a weight w for the foreground and 1 - w for the background. */
  wcce: {
    title: "weighted cross entropy",
    value: (prediction) => {
      const weight = prediction.parameter("foregroundWeight");
      const weights = tf.expandDims(tf.concat([tf.sub(1, weight), weight], 1), 2);
      return meanOverPixels(prediction, tf.mul(weights, negativeLogLikelihood(prediction)));
    },
  },
  /** Mean over pixels of -sum over channels of y (1 - p)^gamma log p (Lin et al. 2017, Focal loss). */
  focal: {
    title: "focal",
    value: (prediction) => {
      const gamma = tf.expandDims(prediction.parameter("focalGamma"), 2);
      const miss = tf.pow(tf.sub(1, clipped(prediction)), gamma);
      return meanOverPixels(prediction, tf.mul(miss, negativeLogLikelihood(prediction)));
    },
  },
  /** 1 - (T + eps) / (T + alpha F + beta N + eps), of the foreground's true positives, false positives and false negatives (Salehi et al. 2017). */
  tversky: {
    title: "Tversky",
    value: (prediction) => {
      const { p, y, sum, parameter } = prediction;
      const hit = foreground(sum(tf.mul(y, p)));
      const falsePositive = tf.sub(foreground(sum(p)), hit);
      const falseNegative = tf.sub(foreground(sum(y)), hit);
      const weigh = (name: LossParameter, x: Tensor): Tensor => tf.mul(tf.squeeze(parameter(name), [1]), x);
      const wrong = tf.add(weigh("tverskyAlpha", falsePositive), weigh("tverskyBeta", falseNegative));
      const epsilon = tf.squeeze(parameter("lossEpsilon"), [1]);
      return tf.sub(1, tf.div(tf.add(hit, epsilon), tf.add(tf.add(hit, wrong), epsilon)));
    },
  },
} as const satisfies Readonly<Record<string, Loss>>;

export type LossName = keyof typeof losses;

export const lossNames = Object.keys(losses) as LossName[];

/** The losses of the study itself, monitored unless a config says otherwise. */
export const studyLosses: readonly LossName[] = lossNames.slice(0, 5);

/** p within [eps, 1 - eps]; outside it the derivative is 0. */
function clipped({ p, parameter }: Prediction): Tensor {
  const epsilon = tf.expandDims(parameter("lossEpsilon"), 2);
  return tf.minimum(tf.maximum(p, epsilon), tf.sub(1, epsilon));
}

/** -y log p: [lanes, channel, position]. */
function negativeLogLikelihood(prediction: Prediction): Tensor {
  return tf.neg(tf.mul(prediction.y, tf.log(clipped(prediction))));
}

function meanOverPixels({ sum, pixels }: Prediction, x: Tensor): Tensor {
  return tf.div(tf.sum(sum(x), 1), pixels);
}

/** (2 sum y p + eps) / (sum f(y) + sum f(p) + eps): [lanes, channel]. */
function diceOverlap({ p, y, sum, parameter }: Prediction, f: (x: Tensor) => Tensor): Tensor {
  const epsilon = parameter("lossEpsilon");
  const numerator = tf.add(tf.mul(2, sum(tf.mul(y, p))), epsilon);
  return tf.div(numerator, tf.add(tf.add(sum(f(y)), sum(f(p))), epsilon));
}

/** [lanes, channel] -> [lanes]. */
function foreground(x: Tensor): Tensor {
  return tf.squeeze(tf.slice(x, [0, 1], [-1, 1]), [1]);
}
