import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";
import { laneNumber, taskNumbers } from "./lanes/lane-parameters.js";
import type { StepSignature } from "./lanes/step-signature.js";
import { crop, type Strip } from "./network/flat-layout.js";
import type { Network } from "./network/network.js";
import type { Scene } from "./tasks/task.js";
import { tasks } from "./tasks/tasks.js";

/** The random numbers of the mini-batch that every lane sees in one step, uniform in [0, 1). */
export interface MiniBatch {
  /** One number for every pixel, 0 elsewhere: [lanes, position] with the network's `imageHalo`. */
  readonly images: Tensor;
  /** The further numbers of the task, [lanes, images x numbers]. Absent where it takes none. */
  readonly numbers?: Tensor;
  /** Decides which labels are swapped; lies as `images` does. Absent where no lane swaps labels. */
  readonly noise?: Tensor;
}

/** Returns the images and labels that the task makes of a mini-batch's random numbers. */
export function sceneOf(
  network: Network,
  signature: StepSignature,
  lanes: Tensor,
  { images, numbers }: MiniBatch,
): Scene {
  return tasks[signature.task].scene({
    grid: network,
    size: signature,
    pixels: { values: images, halo: network.imageHalo },
    numbers: () => numbersPerImage(network, numbers),
    threshold: () => laneNumber(lanes, "threshold"),
    laneNumbers: () => taskNumbers(signature, lanes),
    labelHalo: network.logitHalo,
  });
}

function numbersPerImage({ layout }: Network, numbers: Tensor | undefined): Tensor {
  if (numbers === undefined) {
    throw new Error("the task takes no numbers but one for every pixel");
  }
  return tf.reshape(numbers, [numbers.shape[0] ?? 1, layout.batch, -1]);
}

/** Returns the network's input: inputScale x + inputShift at pixels, 0 around them, [lanes, position]. */
export function networkInput(network: Network, lanes: Tensor, image: Tensor): Strip {
  const scaled = tf.add(tf.mul(image, laneNumber(lanes, "inputScale")), laneNumber(lanes, "inputShift"));
  return { values: tf.mul(scaled, network.mask(network.imageHalo)), halo: network.imageHalo };
}

/**
 * Returns the one-hot labels, [lanes, channel, position] with the halo of the logits, 0 at positions that
 * hold no pixel. A pixel's label is swapped where its noise is below the lane's `labelNoise`.
 */
export function oneHotLabels(network: Network, lanes: Tensor, scene: Scene, noise?: Tensor): Tensor {
  const clean = scene.foreground();
  const mask = network.mask(network.logitHalo);
  let label = clean;
  if (noise !== undefined) {
    const swapping = crop({ values: noise, halo: network.imageHalo }, network.logitHalo);
    const swapped = tf.less(swapping, laneNumber(lanes, "labelNoise"));
    label = tf.abs(tf.sub(clean, tf.cast(swapped, "float32")));
  }
  const foreground = tf.expandDims(tf.mul(label, mask), 1);
  // (1, 0) mask + (-1, 1) foreground: a broadcast, which XLA vectorizes, unlike a stack of two rows.
  const byChannel = (background: number, ofForeground: number): Tensor =>
    tf.tensor3d([background, ofForeground], [1, 2, 1]);
  return tf.add(tf.mul(byChannel(1, 0), mask), tf.mul(byChannel(-1, 1), foreground));
}
