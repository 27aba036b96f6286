import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { scoped, tf } from "../../tensorflow/index.js";
import { blockLength } from "../images.js";
import { type CompiledStep, openCompiledStep } from "../lanes/compiled-step.js";
import { laneTensor } from "../lanes/lane-parameters.js";
import { type StepSignature, stepSignature } from "../lanes/step-signature.js";
import { studyLosses } from "../losses.js";
import { toFlatLayout } from "../network/flat-layout.js";
import { initialOptimizerState } from "../optimizers.js";
import { type Cell, studyCell } from "../run.js";
import { initialMovingAverages, type TrainingState } from "../training-state.js";
import { testParameters, testPixels, testRows } from "./expected-numbers.js";

/** Largest relative error: the stored inputs are rounded, and the stored numbers are of float64. */
const tolerance = 1e-4;

const cell: Cell = {
  ...studyCell,
  batchNorm: true,
  loss: "dicefg",
  steps: testRows.length,
  imageSize: 8,
  validationImages: 1,
};

/**
 * Trains a small network for two steps, compiled as in a sweep, and compares with stored numbers of another
 * implementation. Takes about two seconds. TensorFlow must be loaded. Throws TensorFlow's error if it cannot
 * compile or run the steps.
 */
export async function selfTest(options: { readonly xla: boolean } = { xla: true }): Promise<{
  readonly ok: boolean;
  readonly detail: string;
}> {
  const run = { cell, monitor: studyLosses, perLayer: false };
  const signature = stepSignature(run);
  const compiled = openCompiledStep(
    { signature, lanes: 1, draws: 1, validationBatch: 1, validationBatches: 1, evaluateWith: "moving" },
    options,
  );
  try {
    return verdict(scoped(() => twoSteps(compiled, laneTensor(signature, [run]))));
  } finally {
    compiled.close();
  }
}

/** Returns the recorded numbers of both steps, one after the other. */
function twoSteps(compiled: CompiledStep, parameters: Tensor): Float32Array {
  const lanes = { parameters, draw: tf.tensor1d([0], "int32") };
  const state = stateBefore(compiled.shape.signature);
  const { rows } = compiled.train(state, lanes, { images: imageBlock(compiled) }, 0, testRows.length);
  return (rows.dataSync() as Float32Array).slice(0, testRows.flat().length);
}

function stateBefore(signature: StepSignature): TrainingState {
  const count = testParameters.length;
  return {
    parameters: tf.tensor2d(testParameters, [1, count]),
    ...initialOptimizerState(1, count),
    moving: initialMovingAverages(signature, 1),
  };
}

/** Lays the test's mini-batches out as the first rows of a block. */
function imageBlock({ network: { layout, imageHalo } }: CompiledStep): Tensor {
  const drawn = toFlatLayout(layout, tf.tensor1d(testPixels), imageHalo);
  const rest = tf.zeros([blockLength(layout) - testRows.length, drawn.shape[1] ?? 0]);
  return tf.expandDims(tf.concat([drawn, rest]), 1);
}

/** Compares with the stored numbers, in their order, as exactly as float32 allows. */
export function verdict(got: Float32Array): { readonly ok: boolean; readonly detail: string } {
  const wanted = testRows.flat();
  const errors = wanted.map((value, index) => Math.abs((got[index] ?? Number.NaN) - value) / value);
  const worst = Math.max(...errors);
  const ok = worst <= tolerance;
  const count = `${wanted.length} losses and norms of ${testRows.length} compiled steps`;
  return {
    ok,
    detail: `${count} agree with stored numbers to ${worst.toExponential(1)}${ok ? "" : `, not ${tolerance}`}`,
  };
}
