import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";

/** What the optimizers keep from one step to the next. Every lane has room for both. */
export interface OptimizerState {
  /** Adam's first moment, or SGD's accumulated gradient: [lanes, parameters]. */
  readonly firstMoment: Tensor;
  /** Adam's second moment: [lanes, parameters]. */
  readonly secondMoment: Tensor;
  /** beta1^t and beta2^t of the coming step, t from 1: [lanes, 2]. */
  readonly powers: Tensor;
}

/** A lane's choice: [lanes, 1] each. */
export interface OptimizerSettings {
  readonly learningRate: Tensor;
  /** 1 for Adam, 0 for SGD. */
  readonly adam: Tensor;
  /** SGD's. */
  readonly momentum: Tensor;
}

export const beta1 = 0.9;
export const beta2 = 0.999;
export const adamEpsilon = 1e-8;

/** The change of the parameters for a gradient [lanes, parameters], to be subtracted, and the state after it. */
export function optimizerUpdate(
  gradient: Tensor,
  state: OptimizerState,
  settings: OptimizerSettings,
): { readonly change: Tensor; readonly state: OptimizerState } {
  const { learningRate, momentum } = settings;
  const isAdam = tf.greater(settings.adam, 0);
  const a = adam(gradient, state);
  const s = sgd(gradient, state, momentum);
  return {
    change: tf.mul(learningRate, tf.where(isAdam, a.direction, s.direction)),
    state: {
      firstMoment: tf.where(isAdam, a.first, s.first),
      secondMoment: a.second,
      powers: tf.mul(state.powers, tf.tensor2d([[beta1, beta2]])),
    },
  };
}

/**
 * Adam in TensorFlow 1's form: sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon), with epsilon beside the uncorrected
 * root (Kingma & Ba 2015, end of section 2: "epsilon hat").
 */
function adam(gradient: Tensor, { firstMoment: first, secondMoment: second, powers }: OptimizerState) {
  const m = tf.add(tf.mul(beta1, first), tf.mul(1 - beta1, gradient));
  const v = tf.add(tf.mul(beta2, second), tf.mul(1 - beta2, tf.square(gradient)));
  const [power1, power2] = tf.split(powers, 2, 1) as [Tensor, Tensor];
  const correction = tf.div(tf.sqrt(tf.sub(1, power2)), tf.sub(1, power1));
  return { first: m, second: v, direction: tf.div(tf.mul(correction, m), tf.add(tf.sqrt(v), adamEpsilon)) };
}

/** a = momentum a + gradient. */
function sgd(gradient: Tensor, { firstMoment: first }: OptimizerState, momentum: Tensor) {
  const accumulated = tf.add(tf.mul(momentum, first), gradient);
  return { first: accumulated, direction: accumulated };
}

/** The state before the first step. */
export function initialOptimizerState(lanes: number, parameters: number): OptimizerState {
  const powers = tf.tidy(() => tf.tile(tf.tensor2d([[beta1, beta2]]), [lanes, 1]));
  return { firstMoment: tf.zeros([lanes, parameters]), secondMoment: tf.zeros([lanes, parameters]), powers };
}
