import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { at } from "../list.js";
import { initialState } from "../network/initial-weights.js";
import type { StreamSeed } from "../random.js";
import type { TrainingState } from "../step.js";
import { flattenState, unflattenState } from "./compiled-step.js";
import type { StepSignature } from "./lane-parameters.js";

/** The state of one run before a step: enough to go on with the same numbers. */
export interface Snapshot {
  /** The next step. */
  readonly step: number;
  readonly tensors: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
}

/** One lane of a state. */
export function takeSnapshot(state: TrainingState, lane: number, step: number): Snapshot {
  return { step, tensors: flattenState(state).map((tensor) => laneOf(tensor, lane)) };
}

/**
 * The state of some runs, one lane each, and their next step: fresh from their streams of weights, or from their snapshots.
 * Throws if only some have one, or if they are at different steps.
 */
export function startOf(
  program: StepSignature,
  streams: readonly StreamSeed[],
  snapshots: readonly (Snapshot | undefined)[],
): { readonly step: number; readonly state: TrainingState } {
  const fresh = tf.tidy(() => flattenState(initialState(program, streams)));
  const given = snapshots.filter((snapshot) => snapshot !== undefined);
  if (given.length === 0) {
    return { step: 0, state: unflattenState(fresh) };
  }
  try {
    const { step } = at(given, 0);
    if (given.length < streams.length || given.some((snapshot) => snapshot.step !== step)) {
      throw new Error("runs of one program must go on from the same step");
    }
    return { step, state: unflattenState(fresh.map((tensor, index) => restored(tensor, given, index))) };
  } finally {
    tf.dispose(fresh);
  }
}

/** Tensor `index` of the snapshots, one lane each, in the shape of `like`. */
function restored(like: Tensor, snapshots: readonly Snapshot[], index: number): Tensor {
  const values = new Float32Array(like.size);
  for (const [lane, { tensors }] of snapshots.entries()) {
    values.set(at(tensors, index).values, (lane * like.size) / snapshots.length);
  }
  return tf.tensor(values, like.shape);
}

function laneOf(tensor: Tensor, lane: number): Snapshot["tensors"][number] {
  const shape = tensor.shape.slice(1);
  const size = shape.reduce((product, length) => product * length, 1);
  const values = (tensor.dataSync() as Float32Array).slice(lane * size, (lane + 1) * size);
  return { shape, values };
}
