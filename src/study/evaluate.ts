import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";
import type { StepSignature } from "./lanes/step-signature.js";
import { type MiniBatch, networkInput, sceneOf } from "./mini-batch.js";
import { unpackParameters } from "./network/architecture.js";
import { forward, type Network } from "./network/network.js";
import type { Cell, EvaluateWith } from "./run.js";
import type { TrainingState } from "./training-state.js";

/** The part of a training state on which the accuracy depends. */
export type EvaluatedState = Pick<TrainingState, "parameters" | "moving">;

/**
 * Whether the accuracy is measured after step `step`: step 0, every multiple of `evaluateEvery` and the last
 * step.
 */
export function isEvaluated(
  step: number,
  { evaluateEvery, steps }: Pick<Cell, "evaluateEvery" | "steps">,
): boolean {
  return step % evaluateEvery === 0 || step === steps - 1;
}

/** Returns the first multiple of `evaluateEvery` from `step` on. */
export function nextEvaluated(step: number, { evaluateEvery }: Pick<Cell, "evaluateEvery">): number {
  return Math.ceil(step / evaluateEvery) * evaluateEvery;
}

/**
 * Counts the pixels of a mini-batch of validation images whose larger logit is that of their label: [lanes].
 * Batch norm uses its moving averages, or with "batch" the moments of the images.
 */
export function correctPixels(
  network: Network,
  signature: StepSignature,
  { parameters, moving }: EvaluatedState,
  lanes: Tensor,
  batch: MiniBatch,
  evaluateWith: EvaluateWith,
): Tensor {
  const scene = sceneOf(network, signature, lanes, batch);
  const layers = unpackParameters(network.architecture, parameters);
  const moments = evaluateWith === "moving" ? moving : undefined;
  const { logitDifference } = forward(network, layers, networkInput(network, lanes, scene.image()), moments);
  const predicted = tf.cast(tf.greater(tf.squeeze(logitDifference.values, [1]), 0), "float32");
  const wrong = tf.abs(tf.sub(predicted, scene.foreground()));
  return tf.sum(tf.mul(tf.sub(1, wrong), network.mask(network.logitHalo)), 1);
}

/** Converts counts of correct pixels into accuracies. */
export function accuraciesOf(correct: Float32Array, { validationImages, imageSize }: Cell): Float32Array {
  const pixels = validationImages * imageSize ** 2;
  return correct.map((count) => count / pixels);
}
