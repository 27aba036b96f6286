// Apart from step.ts, because snapshots and the evaluation need the state and not the step.

import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";
import { type Architecture, parameterCount } from "./network/architecture.js";
import { type InitialWeights, initialParameters } from "./network/initial-weights.js";
import type { Moments } from "./network/layer.js";
import { initialOptimizerState, type OptimizerState } from "./optimizers.js";

/** All that runs carry from one step to the next, every run in a lane of its own. */
export interface TrainingState extends OptimizerState {
  /** The trainable parameters: [lanes, parameters]. */
  readonly parameters: Tensor;
  /** Batch norm's moving averages, one item for every batch norm. */
  readonly moving: readonly Moments[];
}

/** Returns the state before the first step, one lane for every item of `initial`. */
export function initialState(architecture: Architecture, initial: readonly InitialWeights[]): TrainingState {
  const lanes = initial.length;
  const parameters = initialParameters(architecture, initial);
  return {
    parameters,
    ...initialOptimizerState(lanes, parameterCount(architecture)),
    moving: initialMovingAverages(architecture, lanes),
  };
}

/** Returns the moving averages before the first step: means of 0, variances of 1. */
export function initialMovingAverages(architecture: Architecture, lanes: number): Moments[] {
  const { batchNorm, convLayers, filters } = architecture;
  return Array.from({ length: batchNorm ? convLayers : 0 }, () => ({
    mean: tf.zeros([lanes, filters]),
    variance: tf.ones([lanes, filters]),
  }));
}
