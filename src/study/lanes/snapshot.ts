import { recordLeaves, recordStructure, tf, tidyRecord } from "../../tensorflow/index.js";
import { at } from "../list.js";
import type { StreamSeed } from "../random.js";
import { initialState, type TrainingState } from "../training-state.js";
import type { StepSignature } from "./step-signature.js";

/** The state of one run before a step: all that training needs to continue with the same numbers. */
export interface Snapshot {
  /** The next step. */
  readonly step: number;
  /** The tensors of the run's lane, in the order of the state's record. */
  readonly tensors: readonly { readonly shape: readonly number[]; readonly values: Float32Array }[];
}

/** Reads one lane of a state. */
export function takeSnapshot(state: TrainingState, lane: number, step: number): Snapshot {
  const tensors = recordLeaves(state).map(({ tensor }) => {
    const shape = tensor.shape.slice(1);
    const size = shape.reduce((product, length) => product * length, 1);
    const values = (tensor.dataSync() as Float32Array).slice(lane * size, (lane + 1) * size);
    return { shape, values };
  });
  return { step, tensors };
}

/**
 * Returns the next step of runs that are trained together: 0, or that of their snapshots. Throws if only some have one, or
 * if they are at different steps.
 */
export function commonStep(snapshots: readonly (Snapshot | undefined)[]): number {
  const steps = new Set(snapshots.map((snapshot) => snapshot?.step));
  if (steps.size > 1) {
    throw new Error("runs that are trained together must continue from the same step");
  }
  const [step] = steps;
  return step ?? 0;
}

/** Returns the state of some runs, one lane each: fresh from their streams of weights, or restored from their snapshots. */
export function startState(
  signature: StepSignature,
  streams: readonly StreamSeed[],
  snapshots: readonly (Snapshot | undefined)[],
): TrainingState {
  const given = snapshots.filter((snapshot) => snapshot !== undefined);
  return tidyRecord(() => {
    const fresh = initialState(signature, streams);
    return given.length === 0 ? fresh : restored(fresh, given);
  });
}

/** The state in the snapshots, one lane each, in the shapes of `like`. */
function restored(like: TrainingState, snapshots: readonly Snapshot[]): TrainingState {
  const tensors = recordLeaves(like).map(({ tensor }, index) => {
    const values = new Float32Array(tensor.size);
    for (const [lane, { tensors }] of snapshots.entries()) {
      values.set(at(tensors, index).values, (lane * tensor.size) / snapshots.length);
    }
    return tf.tensor(values, tensor.shape);
  });
  return recordStructure("a training state", like).unflatten(tensors);
}
