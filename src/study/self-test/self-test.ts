import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { blockLength } from "../images.js";
import { type CompiledStep, flattenState, openCompiledStep } from "../lanes/compiled-step.js";
import { laneTensor, type StepSignature, stepSignature } from "../lanes/lane-parameters.js";
import { studyLosses } from "../losses.js";
import { toFlatLayout } from "../network/flat-layout.js";
import { initialOptimizerState } from "../optimizers.js";
import type { Cell } from "../run.js";
import type { TrainingState } from "../step.js";
import { testParameters, testPixels, testRows } from "./expected-numbers.js";

/** The stored inputs are rounded, and float32 is not float64: anything beyond is another computation. */
const tolerance = 1e-4;

const cell: Cell = {
  ...{ optimizer: "adam", batchNorm: true, threshold: 0.5, loss: "dicefg", learningRate: 0.001, momentum: 0 },
  ...{ steps: testRows.length, evaluateEvery: 250, validationImages: 1, evaluateWith: "moving" },
  ...{ batchSize: 2, imageSize: 8, filters: 4, convLayers: 2, input: "raw", labelNoise: 0 },
  ...{ lossEpsilon: 1e-7, foregroundWeight: 0.5, focalGamma: 2, tverskyAlpha: 0.5, tverskyBeta: 0.5 },
};

/**
 * Two steps of a small network, compiled as a sweep's are, against stored numbers of another implementation: about two
 * seconds. TensorFlow must be loaded. Throws what TensorFlow says if it cannot compile or run them.
 */
export async function selfTest(options: { readonly xla: boolean } = { xla: true }): Promise<{
  readonly ok: boolean;
  readonly detail: string;
}> {
  const run = { cell, monitor: studyLosses, perLayer: false };
  const program = stepSignature(run);
  const training = openCompiledStep(
    { program, lanes: 1, draws: 1, validationBatch: 1, validationBatches: 1, evaluateWith: "moving" },
    options,
  );
  try {
    const lanes = laneTensor(program, [run]);
    const rows = twoSteps(training, program, lanes);
    lanes.dispose();
    return verdict(rows);
  } finally {
    training.close();
  }
}

/** The recorded numbers of both steps, one after the other. */
function twoSteps(training: CompiledStep, program: StepSignature, lanes: Tensor): Float32Array {
  const state = startState(program);
  const images = imageBlock(training);
  const draw = tf.tensor1d([0], "int32");
  const after = training.train({ state, lanes, images, draw }, 0, testRows.length);
  const rows = after.rows.dataSync() as Float32Array;
  tf.dispose([...flattenState(state), ...flattenState(after.state), after.rows, images, draw]);
  return rows.slice(0, testRows.flat().length);
}

function startState({ convLayers, filters }: StepSignature): TrainingState {
  const moving = Array.from({ length: convLayers }, () => ({
    mean: tf.zeros([1, filters]),
    variance: tf.ones([1, filters]),
  }));
  const count = testParameters.length;
  return { parameters: tf.tensor2d(testParameters, [1, count]), ...initialOptimizerState(1, count), moving };
}

/** A block as the compiled loop takes it, of which the first rows are the test's mini-batches. */
function imageBlock({ network: { layout, imageHalo } }: CompiledStep): Tensor {
  return tf.tidy(() => {
    const drawn = toFlatLayout(layout, tf.tensor1d(testPixels), imageHalo);
    const rest = tf.zeros([blockLength(layout) - testRows.length, drawn.shape[1] ?? 0]);
    return tf.expandDims(tf.concat([drawn, rest]), 1);
  });
}

/** Whether these are the stored numbers, in their order, as near as float32 comes. */
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
