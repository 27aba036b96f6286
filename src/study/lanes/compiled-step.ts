import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { scoped, tf } from "../../tensorflow/backend.js";
import type { CompileOptions } from "../../tensorflow/compile/compiled-function.js";
import { type CompiledScan, compileScan } from "../../tensorflow/compile/scan.js";
import { gatherRows } from "../../tensorflow/ops.js";
import { blockLength } from "../images.js";
import { unpack } from "../network/architecture.js";
import type { Moments } from "../network/batch-norm.js";
import { flatLayout } from "../network/flat-layout.js";
import { initialState } from "../network/initial-weights.js";
import { forward, type Network, openNetwork } from "../network/network.js";
import type { EvaluateWith } from "../run.js";
import { foregroundOf, networkInput, type TrainingState, trainStep } from "../step.js";
import { laneWidth, type StepSignature } from "./lane-parameters.js";

// The step and the measurement of accuracy, compiled for so many lanes: what a worker calls over and over.

/** A compiled program for one shape of run and one number of lanes. */
export interface CompiledStep {
  readonly shape: CompiledStepShape;
  readonly network: Network;
  readonly validationNetwork: Network;
  /**
   * Does steps on rows `from` up to and without `to` of a block of mini-batches, [block length, draws, position]. Gives the
   * state after them and the rows [block length, lanes, columns], 0 where there was no step. The caller owns both.
   */
  train(
    input: TrainInput,
    from: number,
    to: number,
  ): { readonly state: TrainingState; readonly rows: Tensor };
  /** How many pixels of the validation images, [mini-batches, draws, position], every lane gets right: [lanes]. */
  countCorrect(input: LaneInput): Tensor;
  close(): void;
}

export interface LaneInput {
  readonly state: TrainingState;
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

export interface CompiledStepShape {
  readonly program: StepSignature;
  /** How many lanes, and how many different draws of images they see. */
  readonly lanes: number;
  readonly draws: number;
  readonly validationBatch: number;
  readonly validationBatches: number;
  readonly evaluateWith: EvaluateWith;
}

/** Compiles a program. The accuracy's part is compiled when it is first measured. */
export function openCompiledStep(shape: CompiledStepShape, options: CompileOptions): CompiledStep {
  const { program } = shape;
  const network = openNetwork(program, flatLayout(program.batchSize, program.imageSize));
  const validationNetwork = openNetwork(program, flatLayout(shape.validationBatch, program.imageSize));
  const steps = compileSteps(shape, network, options);
  let accuracy: CompiledScan | undefined;
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

function compileSteps(shape: CompiledStepShape, network: Network, options: CompileOptions): CompiledScan {
  const { program } = shape;
  const positions = network.layout.length + 2 * network.imageHalo;
  const images = (): Tensor => tf.zeros([blockLength(network.layout), shape.draws, positions]);
  return scoped(() =>
    compileScan(
      (carried, items, [lanes, draw]) => {
        const [seen, noise] = items.map((item) => ofLanes(item, draw));
        const batch = { images: present(seen), ...(noise === undefined ? {} : { noise }) };
        const after = trainStep(network, program, unflattenState(carried), present(lanes), batch);
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

function compileAccuracy(shape: CompiledStepShape, network: Network, options: CompileOptions): CompiledScan {
  const positions = network.layout.length + 2 * network.imageHalo;
  return scoped(() => {
    const state = evaluated(exampleState(shape));
    return compileScan(
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
  return tf.sum(tf.mul(tf.sub(1, wrong), network.mask(network.logitHalo)), 1);
}

/** [draws, position] -> [lanes, position]. A lone lane has a lone draw. */
function ofLanes(item: Tensor, draw: Tensor | undefined): Tensor {
  return draw === undefined ? item : gatherRows(item, draw as Tensor1D);
}

function exampleState({ program, lanes }: CompiledStepShape): TrainingState {
  return initialState(
    program,
    Array.from({ length: lanes }, () => [1, 1] as const),
  );
}

function exampleConstants({ program, lanes }: CompiledStepShape): Tensor[] {
  return loopConstants(tf.ones([lanes, laneWidth(program)]), tf.zeros([lanes], "int32"));
}

function loopConstants(lanes: Tensor, draw: Tensor): Tensor[] {
  return lanes.shape[0] === 1 ? [lanes] : [lanes, draw];
}

/** A state as the list that a loop carries. */
export function flattenState(state: TrainingState): Tensor[] {
  const { parameters, firstMoment, secondMoment, powers, moving } = state;
  const averages = moving.flatMap(({ mean, variance }) => [mean, variance]);
  return [parameters, firstMoment, secondMoment, powers, ...averages];
}

export function unflattenState(tensors: readonly Tensor[]): TrainingState {
  const [parameters, firstMoment, secondMoment, powers, ...moving] = tensors;
  return {
    parameters: present(parameters),
    firstMoment: present(firstMoment),
    secondMoment: present(secondMoment),
    powers: present(powers),
    moving: toMoments(moving),
  };
}

/** What the accuracy depends on. */
function evaluated({ parameters, moving }: TrainingState): Tensor[] {
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
