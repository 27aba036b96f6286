import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";

/**
 * What an optimizer carries from one step to the next. Every lane has room for Adam's, whichever optimizer it
 * uses.
 */
export interface OptimizerState {
  /** Adam's first moment, or SGD's accumulated gradient: [lanes, parameters]. */
  readonly firstMoment: Tensor;
  /** Adam's second moment: [lanes, parameters]. */
  readonly secondMoment: Tensor;
  /** beta1^t and beta2^t of the next step, t from 1: [lanes, 2]. */
  readonly powers: Tensor;
}

/** The optimizer of every lane: [lanes, 1] each. */
export interface OptimizerSettings {
  readonly learningRate: Tensor;
  /** 1 for Adam, 0 for SGD. */
  readonly adam: Tensor;
  /** Used by SGD only. */
  readonly momentum: Tensor;
}

const beta1 = 0.9;
const beta2 = 0.999;
const adamEpsilon = 1e-8;

/**
 * Returns the change of the parameters for a gradient [lanes, parameters], to be subtracted from them, and
 * the next state. Both optimizers are computed and every lane selects one, so that lanes with different
 * optimizers share a compiled step.
 */
export function optimizerUpdate(
  gradient: Tensor,
  state: OptimizerState,
  settings: OptimizerSettings,
): { readonly change: Tensor; readonly state: OptimizerState } {
  const { learningRate, momentum } = settings;
  const isAdam = tf.greater(settings.adam, 0);
  const adam = adamUpdate(gradient, state);
  const sgd = sgdUpdate(gradient, state, momentum);
  return {
    change: tf.mul(learningRate, tf.where(isAdam, adam.direction, sgd.direction)),
    state: {
      firstMoment: tf.where(isAdam, adam.firstMoment, sgd.firstMoment),
      secondMoment: adam.secondMoment,
      powers: tf.mul(state.powers, tf.tensor2d([[beta1, beta2]])),
    },
  };
}

/**
 * Adam in TensorFlow 1's form: sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon). Its epsilon stands
 * beside the uncorrected root: "epsilon hat" at the end of section 2 of Kingma & Ba 2015,
 * https://arxiv.org/abs/1412.6980.
 */
function adamUpdate(gradient: Tensor, { firstMoment, secondMoment, powers }: OptimizerState) {
  const m = tf.add(tf.mul(beta1, firstMoment), tf.mul(1 - beta1, gradient));
  const v = tf.add(tf.mul(beta2, secondMoment), tf.mul(1 - beta2, tf.square(gradient)));
  const [power1, power2] = tf.split(powers, 2, 1) as [Tensor, Tensor];
  const correction = tf.div(tf.sqrt(tf.sub(1, power2)), tf.sub(1, power1));
  const direction = tf.div(tf.mul(correction, m), tf.add(tf.sqrt(v), adamEpsilon));
  return { firstMoment: m, secondMoment: v, direction };
}

/** SGD with momentum: a = momentum a + gradient, and the parameters move along a. */
function sgdUpdate(gradient: Tensor, { firstMoment }: OptimizerState, momentum: Tensor) {
  const accumulated = tf.add(tf.mul(momentum, firstMoment), gradient);
  return { firstMoment: accumulated, direction: accumulated };
}

/** Returns the state before the first step. */
export function initialOptimizerState(lanes: number, parameters: number): OptimizerState {
  const powers = tf.tidy(() => tf.tile(tf.tensor2d([[beta1, beta2]]), [lanes, 1]));
  return { firstMoment: tf.zeros([lanes, parameters]), secondMoment: tf.zeros([lanes, parameters]), powers };
}
