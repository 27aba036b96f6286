import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../tensorflow/index.js";
import { laneNumber, trainedLoss } from "./lanes/lane-parameters.js";
import { computedLosses, type StepSignature } from "./lanes/step-signature.js";
import { at } from "./list.js";
import { losses, type Prediction } from "./losses.js";
import { type MiniBatch, networkInput, oneHotLabels, sceneOf } from "./mini-batch.js";
import { softmax } from "./network/activations.js";
import { layerRanges, packGradients, parameterCount, unpackParameters } from "./network/architecture.js";
import { updateMovingAverages } from "./network/batch-norm.js";
import { sumOverPositions } from "./network/flat-layout.js";
import { forward, type Network } from "./network/network.js";
import { type OptimizerSettings, optimizerUpdate } from "./optimizers.js";
import { rowLayout } from "./row-layout.js";
import type { TrainingState } from "./training-state.js";

/**
 * Trains every lane for one step: records the losses and gradient norms of the parameters as they are, on
 * this mini-batch, and then updates the parameters by the gradient of the lane's trained loss.
 * @param lanes from `laneTensor`
 * @returns the state after the step, and the recorded numbers, [lanes, columns of the row layout]
 */
export function trainStep(
  network: Network,
  signature: StepSignature,
  state: TrainingState,
  lanes: Tensor,
  batch: MiniBatch,
): { readonly state: TrainingState; readonly row: Tensor } {
  const { architecture, layout } = network;
  const scene = sceneOf(network, signature, lanes, batch);
  const variables = unpackParameters(architecture, state.parameters);
  const { logitDifference, moments, backward } = forward(
    network,
    variables,
    networkInput(network, lanes, scene.image()),
  );

  const { probabilities, backward: softmaxBackward } = softmax(logitDifference.values);
  const labels = oneHotLabels(network, lanes, scene, batch.noise);
  const { values, lossGradients } = lossesAndGradients(network, signature, lanes, probabilities, labels);
  const { halo } = logitDifference;
  const atDifference = softmaxBackward(lossGradients, network.mask(halo));
  const gradients = packGradients(architecture, backward({ values: atDifference, halo }));

  // The one-hot vector of the trained loss picks its gradient from those of all losses.
  const trained = tf.matMul(tf.expandDims(trainedLoss(signature, lanes), 1), gradients);
  const settings = optimizerSettings(lanes);
  const { change, state: optimizer } = optimizerUpdate(tf.squeeze(trained, [1]), state, settings);
  return {
    state: {
      ...optimizer,
      parameters: tf.sub(state.parameters, withoutFrozen(network, signature, change)),
      moving: state.moving.map((old, index) => updateMovingAverages(old, at(moments, index), layout.pixels)),
    },
    row: recordedRow(network, signature, values, gradients),
  };
}

/**
 * Returns the values of the computed losses, [lanes, losses], and their gradients by the probabilities, each
 * [lanes, channel, position].
 */
function lossesAndGradients(
  network: Network,
  signature: StepSignature,
  lanes: Tensor,
  probabilities: Tensor,
  y: Tensor,
): { readonly values: Tensor; readonly lossGradients: readonly Tensor[] } {
  const rest: Omit<Prediction, "p"> = {
    y,
    pixels: network.layout.pixels,
    sum: sumOverPositions,
    parameter: (name) => laneNumber(lanes, name),
  };
  const p = tf.mul(probabilities, network.mask(network.logitHalo));
  const names = computedLosses(signature);
  const gradients = names.map((name) =>
    // Of the sum over lanes: its derivative by a lane's p is that of the lane's own loss.
    tf.grad((x) => tf.sum(losses[name].value({ ...rest, p: x })))(p),
  );
  // The values once more, because tfjs returns none per lane with a gradient. The compiled step computes them
  // once: TensorFlow merges equal operations.
  const values = names.map((name) => losses[name].value({ ...rest, p }));
  return { values: tf.stack(values, 1), lossGradients: gradients };
}

function optimizerSettings(lanes: Tensor): OptimizerSettings {
  return {
    learningRate: laneNumber(lanes, "learningRate"),
    adam: laneNumber(lanes, "adam"),
    momentum: laneNumber(lanes, "momentum"),
  };
}

/** Sets the change of the frozen layer's parameters to 0, if there is such a layer. */
function withoutFrozen({ architecture }: Network, { frozenLayer }: StepSignature, change: Tensor): Tensor {
  if (frozenLayer === 0) {
    return change;
  }
  const { begin, size } = at(layerRanges(architecture), frozenLayer - 1);
  const after = parameterCount(architecture) - begin - size;
  const mask = tf.concat([tf.ones([1, begin]), tf.zeros([1, size]), tf.ones([1, after])], 1);
  return tf.mul(change, mask);
}

/**
 * Returns what a step records, [lanes, columns of the row layout].
 * @param values of the computed losses, [lanes, losses]; those recorded come first
 * @param gradients of the computed losses, [lanes, losses, parameters]
 */
function recordedRow(network: Network, signature: StepSignature, values: Tensor, gradients: Tensor): Tensor {
  const layout = rowLayout(signature);
  const recorded = layout.losses.size;
  const squares = tf.square(gradients);
  const norms = tf.sqrt(tf.sum(squares, 2));
  const parts = [values, norms].map((x) => tf.slice(x, [0, 0], [-1, recorded]));
  if (signature.perLayer) {
    const byLayer = layerRanges(network.architecture).map(({ begin, size }) =>
      tf.sqrt(tf.sum(tf.slice(squares, [0, 0, begin], [-1, recorded, size]), 2)),
    );
    const lanes = values.shape[0] ?? 1;
    parts.push(tf.reshape(tf.stack(byLayer, 2), [lanes, -1]));
  }
  return tf.concat(parts, 1);
}
