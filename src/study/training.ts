import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import type { EvaluateWith } from "../config/cell.js";
import { type CompiledLoop, compileLoop } from "../tensorflow/loop.js";
import { gatherRows } from "../tensorflow/ops.js";
import type { CompileOptions } from "../tensorflow/program.js";
import { scoped, tf } from "../tensorflow/tensorflow.js";
import { unpack } from "./architecture.js";
import type { Moments } from "./batch-norm.js";
import { blockLength } from "./data.js";
import { frameOf } from "./frame.js";
import { laneWidth, type Program } from "./lanes.js";
import { forward, type Network, openNetwork } from "./network.js";
import { foregroundOf, networkInput, type State, step } from "./step.js";
import { initialState } from "./weights.js";

// The step and the measurement of accuracy, compiled for so many lanes: what a worker calls over and over.

/** A compiled program for one shape of run and one number of lanes. */
export interface Training {
  readonly shape: TrainingShape;
  readonly network: Network;
  readonly validationNetwork: Network;
  /**
   * Does steps on rows `from` up to and without `to` of a block of mini-batches, [block length, draws, position]. Gives the
   * state after them and the rows [block length, lanes, columns], 0 where there was no step. The caller owns both.
   */
  train(input: TrainInput, from: number, to: number): { readonly state: State; readonly rows: Tensor };
  /** How many pixels of the validation images, [mini-batches, draws, position], every lane gets right: [lanes]. */
  countCorrect(input: LaneInput): Tensor;
  close(): void;
}

export interface LaneInput {
  readonly state: State;
  /** From `laneTensor`. */
  readonly lanes: Tensor;
  readonly images: Tensor;
  /** Which of the draws a lane sees: int32 [lanes]. */
  readonly draw: Tensor;
}

export interface TrainInput extends LaneInput {
  /** As the images, where some lane swaps labels. */
  readonly noise?: Tensor;
}

export interface TrainingShape {
  readonly program: Program;
  /** How many lanes, and how many different draws of images they see. */
  readonly lanes: number;
  readonly draws: number;
  readonly validationBatch: number;
  readonly validationBatches: number;
  readonly evaluateWith: EvaluateWith;
}

/** Compiles a program. The accuracy's part is compiled when it is first measured. */
export function openTraining(shape: TrainingShape, options: CompileOptions): Training {
  const { program } = shape;
  const network = openNetwork(program, frameOf(program.batchSize, program.imageSize));
  const validationNetwork = openNetwork(program, frameOf(shape.validationBatch, program.imageSize));
  const steps = compileSteps(shape, network, options);
  let accuracy: CompiledLoop | undefined;
  return {
    shape,
    network,
    validationNetwork,
    train({ state, lanes, images, noise, draw }, from, to) {
      const inputs = {
        carried: flattenState(state),
        sequences: noise === undefined ? [images] : [images, noise],
        constants: loopConstants(lanes, draw),
      };
      const { carried, emitted } = steps(inputs, from, to);
      return { state: unflattenState(carried), rows: present(emitted[0]) };
    },
    countCorrect({ state, lanes, images, draw }) {
      accuracy ??= compileAccuracy(shape, validationNetwork, options);
      const count = tf.zeros([shape.lanes]);
      const constants = [...evaluated(state), ...loopConstants(lanes, draw)];
      const { carried } = accuracy(
        { carried: [count], sequences: [images], constants },
        0,
        shape.validationBatches,
      );
      count.dispose();
      return present(carried[0]);
    },
    close() {
      steps.dispose();
      accuracy?.dispose();
      network.close();
      validationNetwork.close();
    },
  };
}

function compileSteps(shape: TrainingShape, network: Network, options: CompileOptions): CompiledLoop {
  const { program } = shape;
  const positions = network.frame.length + 2 * network.imageMargin;
  const images = (): Tensor => tf.zeros([blockLength(network.frame), shape.draws, positions]);
  return scoped(() =>
    compileLoop(
      (carried, items, [lanes, draw]) => {
        const [seen, noise] = items.map((item) => ofLanes(item, draw));
        const batch = { images: present(seen), ...(noise === undefined ? {} : { noise }) };
        const after = step(network, program, unflattenState(carried), present(lanes), batch);
        return { carried: flattenState(after.state), emitted: [after.row] };
      },
      {
        carried: flattenState(exampleState(shape)),
        sequences: program.noisy ? [images(), images()] : [images()],
        constants: exampleConstants(shape),
      },
      options,
    ),
  );
}

function compileAccuracy(shape: TrainingShape, network: Network, options: CompileOptions): CompiledLoop {
  const positions = network.frame.length + 2 * network.imageMargin;
  return scoped(() => {
    const state = evaluated(exampleState(shape));
    return compileLoop(
      ([count], [item], constants) => {
        const [lanes, draw] = constants.slice(state.length);
        const images = ofLanes(present(item), draw);
        const [parameters, ...moving] = constants.slice(0, state.length);
        const moments = shape.evaluateWith === "moving" ? toMoments(moving) : undefined;
        const correct = correctPixels(network, present(parameters), moments, present(lanes), images);
        return { carried: [tf.add(present(count), correct)], emitted: [] };
      },
      {
        carried: [tf.zeros([shape.lanes])],
        sequences: [tf.zeros([shape.validationBatches, shape.draws, positions])],
        constants: [...state, ...exampleConstants(shape)],
      },
      options,
    );
  });
}

/** Pixels whose larger logit is that of their label: [lanes]. Batch norm takes these moments, or where undefined those of the images. */
function correctPixels(
  network: Network,
  parameters: Tensor,
  moments: readonly Moments[] | undefined,
  lanes: Tensor,
  images: Tensor,
): Tensor {
  const layers = unpack(network.architecture, parameters);
  const { logits } = forward(network, layers, networkInput(network, lanes, images), moments);
  const [background, foreground] = tf.unstack(logits, 1);
  const predicted = tf.cast(tf.greater(present(foreground), present(background)), "float32");
  const wrong = tf.abs(tf.sub(predicted, foregroundOf(network, lanes, images)));
  return tf.sum(tf.mul(tf.sub(1, wrong), network.mask(network.logitMargin)), 1);
}

/** [draws, position] -> [lanes, position]. A lone lane has a lone draw. */
function ofLanes(item: Tensor, draw: Tensor | undefined): Tensor {
  return draw === undefined ? item : gatherRows(item, draw as Tensor1D);
}

function exampleState({ program, lanes }: TrainingShape): State {
  return initialState(
    program,
    Array.from({ length: lanes }, () => [1, 1] as const),
  );
}

function exampleConstants({ program, lanes }: TrainingShape): Tensor[] {
  return loopConstants(tf.ones([lanes, laneWidth(program)]), tf.zeros([lanes], "int32"));
}

function loopConstants(lanes: Tensor, draw: Tensor): Tensor[] {
  return lanes.shape[0] === 1 ? [lanes] : [lanes, draw];
}

/** A state as the list that a loop carries. */
export function flattenState({ parameters, first, second, powers, moving }: State): Tensor[] {
  return [parameters, first, second, powers, ...moving.flatMap(({ mean, variance }) => [mean, variance])];
}

export function unflattenState(tensors: readonly Tensor[]): State {
  const [parameters, first, second, powers, ...moving] = tensors;
  return {
    parameters: present(parameters),
    first: present(first),
    second: present(second),
    powers: present(powers),
    moving: toMoments(moving),
  };
}

/** What the accuracy depends on. */
function evaluated({ parameters, moving }: State): Tensor[] {
  return [parameters, ...moving.flatMap(({ mean, variance }) => [mean, variance])];
}

function toMoments(flat: readonly Tensor[]): Moments[] {
  return Array.from({ length: flat.length / 2 }, (_, index) => ({
    mean: present(flat[2 * index]),
    variance: present(flat[2 * index + 1]),
  }));
}

function present(tensor: Tensor | undefined): Tensor {
  if (tensor === undefined) {
    throw new Error("a compiled loop was given or gave too few tensors");
  }
  return tensor;
}
