import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";
import type { StepSignature } from "./lanes/step-signature.js";
import { type MeasureValues, measureValues } from "./measures.js";
import { type MiniBatch, networkInput, sceneOf } from "./mini-batch.js";
import { unpackParameters } from "./network/architecture.js";
import { forward, type Network } from "./network/network.js";
import type { Cell, EvaluateWith, Run } from "./run.js";
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

/** Counts of pixels in every lane, [lanes] each. */
export interface PixelCounts {
  /** Pixels whose larger logit is that of their label. */
  readonly correct: Tensor;
  /** Foreground that is predicted as such. This and the next two are absent unless they are asked for. */
  readonly truePositive?: Tensor;
  /** Background that is predicted as foreground. */
  readonly falsePositive?: Tensor;
  /** Foreground that is predicted as background. */
  readonly falseNegative?: Tensor;
}

/** How validation images are evaluated. */
export interface EvaluationSettings {
  /** Batch norm uses its moving averages, or with "batch" the moments of the images. */
  readonly evaluateWith: EvaluateWith;
  /** Whether the counts by class are needed, on which the measures depend; by default they are not. */
  readonly countsByClass?: boolean;
}

/** Counts the pixels of a mini-batch of validation images by predicted and true class. */
export function countPixels(
  network: Network,
  signature: StepSignature,
  { parameters, moving }: EvaluatedState,
  lanes: Tensor,
  batch: MiniBatch,
  { evaluateWith, countsByClass }: EvaluationSettings,
): PixelCounts {
  const scene = sceneOf(network, signature, lanes, batch);
  const layers = unpackParameters(network.architecture, parameters);
  const moments = evaluateWith === "moving" ? moving : undefined;
  const { logitDifference } = forward(network, layers, networkInput(network, lanes, scene.image()), moments);
  const predicted = tf.cast(tf.greater(tf.squeeze(logitDifference.values, [1]), 0), "float32");
  const labels = scene.foreground();
  const wrong = tf.abs(tf.sub(predicted, labels));
  const mask = network.mask(network.logitHalo);
  const correct = tf.sum(tf.mul(tf.sub(1, wrong), mask), 1);
  if (!countsByClass) {
    return { correct };
  }
  const count = (isPredicted: Tensor, isLabeled: Tensor): Tensor =>
    tf.sum(tf.mul(tf.mul(isPredicted, isLabeled), mask), 1);
  return {
    correct,
    truePositive: count(predicted, labels),
    falsePositive: count(predicted, tf.sub(1, labels)),
    falseNegative: count(tf.sub(1, predicted), labels),
  };
}

/** What is measured of a run on its validation images. */
export interface Evaluation {
  readonly accuracy: number;
  /** Absent where the run records none. */
  readonly measures?: MeasureValues;
}

/** The counts of all lanes, read from the device. */
export type CountsOfLanes = { readonly [Key in keyof PixelCounts]: Float32Array };

/** Converts a lane's counts into its accuracy and measures. */
export function evaluationOf(
  { cell: { validationImages, imageSize }, metrics }: Pick<Run, "cell" | "metrics">,
  counts: CountsOfLanes,
  lane: number,
): Evaluation {
  const accuracy = Math.fround(countOf(counts.correct, lane) / (validationImages * imageSize ** 2));
  if (metrics.length === 0) {
    return { accuracy };
  }
  const byClass = {
    truePositive: countOf(counts.truePositive, lane),
    falsePositive: countOf(counts.falsePositive, lane),
    falseNegative: countOf(counts.falseNegative, lane),
  };
  return { accuracy, measures: measureValues(metrics, byClass) };
}

function countOf(counts: Float32Array | undefined, lane: number): number {
  const count = counts?.[lane];
  if (count === undefined) {
    throw new RangeError(`no count of lane ${lane}`);
  }
  return count;
}
