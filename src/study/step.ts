import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/backend.js";
import { laneNumber, trainedLoss } from "./lanes/lane-parameters.js";
import { computedLosses, type StepSignature } from "./lanes/step-signature.js";
import { losses, type Prediction } from "./losses.js";
import { layerNames, pack, sizeOf, unpack, variablesOf } from "./network/architecture.js";
import { type Moments, updateMoving } from "./network/batch-norm.js";
import { crop, sumOverPositions } from "./network/flat-layout.js";
import { backward, type Forward, forward, type Network } from "./network/network.js";
import { type OptimizerState, optimizerUpdate } from "./optimizers.js";

/** All that a run carries from step to step, for every lane. */
export interface TrainingState extends OptimizerState {
  /** The trainable parameters: [lanes, parameters]. */
  readonly parameters: Tensor;
  /** Batch norm's moving averages, one per convolution; none without batch norm. */
  readonly moving: readonly Moments[];
}

/** A mini-batch [lanes, position] with the image's margin, before `input` is applied; `noise` likewise, where labels are swapped. */
export interface MiniBatch {
  readonly images: Tensor;
  readonly noise?: Tensor;
}

/**
 * One step of every lane: the losses and gradient norms of the parameters as they are, on this mini-batch, then the update by
 * the trained loss. `row` is [lanes, columns]: recorded losses, their norms, then with perLayer each loss's layers' norms.
 */
export function trainStep(
  network: Network,
  program: StepSignature,
  state: TrainingState,
  lanes: Tensor,
  batch: MiniBatch,
): { readonly state: TrainingState; readonly row: Tensor } {
  const { architecture, layout } = network;
  const layers = unpack(architecture, state.parameters);
  const pass = forward(network, layers, networkInput(network, lanes, batch.images));
  const probabilities = softmax(pass.logits);
  const labels = oneHotLabels(network, lanes, batch);
  const { values, slopes } = lossesAndSlopes(network, program, lanes, probabilities, labels);
  const atLogits = softmaxBack(probabilities, slopes, network.mask(network.logitHalo));
  const gradients = pack(architecture, backward(network, layers, pass, atLogits));
  const trained = tf.matMul(tf.expandDims(trainedLoss(lanes), 1), gradients);
  const settings = {
    learningRate: laneNumber(lanes, "learningRate"),
    adam: laneNumber(lanes, "adam"),
    momentum: laneNumber(lanes, "momentum"),
  };
  const updated = optimizerUpdate(tf.squeeze(trained, [1]), state, settings);
  return {
    state: {
      ...updated.state,
      parameters: tf.sub(state.parameters, updated.change),
      moving: movingAfter(state, pass, layout.pixels),
    },
    row: rowOf(network, program, values, gradients),
  };
}

/** What the network sees: scale x + shift at pixels, 0 around them. */
export function networkInput(network: Network, lanes: Tensor, images: Tensor): Tensor {
  const scaled = tf.add(tf.mul(images, laneNumber(lanes, "inputScale")), laneNumber(lanes, "inputShift"));
  return tf.mul(scaled, network.mask(network.imageHalo));
}

/** 1 where a pixel's value is above the threshold: [lanes, position], margin of the logits. */
export function foregroundOf(network: Network, lanes: Tensor, images: Tensor): Tensor {
  const seen = crop(network.layout, images, network.imageHalo, network.logitHalo);
  return tf.cast(tf.greater(seen, laneNumber(lanes, "threshold")), "float32");
}

/** [lanes, channel, position], 0 where no pixel is; swapped where the noise is below the lane's share of it. */
function oneHotLabels(network: Network, lanes: Tensor, { images, noise }: MiniBatch): Tensor {
  const clean = foregroundOf(network, lanes, images);
  const mask = network.mask(network.logitHalo);
  let label = clean;
  if (noise !== undefined) {
    const seen = crop(network.layout, noise, network.imageHalo, network.logitHalo);
    const swapped = tf.cast(tf.less(seen, laneNumber(lanes, "labelNoise")), "float32");
    label = tf.abs(tf.sub(clean, swapped));
  }
  return tf.stack([tf.mul(tf.sub(1, label), mask), tf.mul(label, mask)], 1);
}

/** Over the channels of [lanes, channel, position], their maximum subtracted first. */
export function softmax(logits: Tensor): Tensor {
  const powers = tf.exp(tf.sub(logits, tf.max(logits, 1, true)));
  return tf.div(powers, tf.sum(powers, 1, true));
}

/** From slopes by the probabilities to gradients at the logits, [lanes, losses, channel, position]: p (s - sum p s). */
function softmaxBack(p: Tensor, slopes: Tensor, mask: Tensor): Tensor {
  const probabilities = tf.expandDims(p, 1);
  const mean = tf.sum(tf.mul(probabilities, slopes), 2, true);
  return tf.mul(tf.mul(probabilities, tf.sub(slopes, mean)), mask);
}

/** Every computed loss [lanes, losses], and its derivative by the probabilities [lanes, losses, channel, position]. */
function lossesAndSlopes(
  network: Network,
  program: StepSignature,
  lanes: Tensor,
  probabilities: Tensor,
  y: Tensor,
) {
  const mask = network.mask(network.logitHalo);
  const rest: Omit<Prediction, "p"> = {
    y,
    pixels: network.layout.pixels,
    sum: sumOverPositions,
    parameter: (name) => laneNumber(lanes, name),
  };
  const p = tf.mul(probabilities, mask);
  const results = computedLosses(program).map((name) =>
    // The sum over lanes: its derivative by a lane's p is that of the lane's own loss.
    tf.valueAndGrad((x) => tf.sum(losses[name].value({ ...rest, p: x })))(p),
  );
  const values = computedLosses(program).map((name) => losses[name].value({ ...rest, p }));
  return {
    values: tf.stack(values, 1),
    slopes: tf.stack(
      results.map(({ grad }) => grad),
      1,
    ),
  };
}

function movingAfter(state: TrainingState, { moments }: Forward, pixels: number): Moments[] {
  return state.moving.flatMap((before, index) => {
    const now = moments[index];
    return now === undefined ? [] : [updateMoving(before, now, pixels)];
  });
}

function rowOf({ architecture }: Network, program: StepSignature, values: Tensor, gradients: Tensor): Tensor {
  const recorded = program.monitor.length;
  const cut = (x: Tensor): Tensor => tf.slice(x, [0, 0], [-1, recorded]);
  const squares = tf.square(gradients);
  const norms = tf.sqrt(tf.sum(squares, 2));
  const parts = [cut(values), cut(norms)];
  if (program.perLayer) {
    const variables = variablesOf(architecture);
    let at = 0;
    const byLayer = layerNames(architecture).map((layer) => {
      const size = variables.filter((v) => v.layer === layer).reduce((total, v) => total + sizeOf(v), 0);
      const part = tf.sqrt(tf.sum(tf.slice(squares, [0, 0, at], [-1, recorded, size]), 2));
      at += size;
      return part;
    });
    const perLoss = tf.stack(byLayer, 2);
    parts.push(tf.reshape(perLoss, [perLoss.shape[0] ?? 1, -1]));
  }
  return tf.concat(parts, 1);
}

/** How many numbers a step records of one lane. */
export function rowWidth(program: StepSignature): number {
  const layers = program.perLayer ? program.convLayers + 1 : 0;
  return program.monitor.length * (2 + layers);
}
