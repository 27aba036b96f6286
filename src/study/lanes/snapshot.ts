import { recordLeaves, recordStructure, tf, tidyRecord } from "../../tensorflow/index.js";
import type { InitialWeights } from "../network/initial-weights.js";
import { initialState, type TrainingState } from "../training-state.js";
import type { StepSignature } from "./step-signature.js";

/** The state of one run before a step: all that training needs to continue with the same numbers. */
export interface Snapshot {
  /** The next step. */
  readonly step: number;
  /** The tensors of the run's lane. */
  readonly tensors: readonly NamedArray[];
}

/** The numbers of one tensor. */
export interface NamedArray {
  /** Its path in the training state, such as `moving.0.mean`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Reads one lane of a state. */
export function takeSnapshot(state: TrainingState, lane: number, step: number): Snapshot {
  const tensors = recordLeaves(state).map(({ path, tensor }) => {
    const shape = tensor.shape.slice(1);
    const size = shape.reduce((product, length) => product * length, 1);
    const values = (tensor.dataSync() as Float32Array).slice(lane * size, (lane + 1) * size);
    return { name: path, shape, values };
  });
  return { step, tensors };
}

/**
 * Returns the next step of runs that are trained together: 0, or that of their snapshots. Throws if only some
 * have one, or if they are at different steps.
 */
export function commonStep(snapshots: readonly (Snapshot | undefined)[]): number {
  const steps = new Set(snapshots.map((snapshot) => snapshot?.step));
  if (steps.size > 1) {
    throw new Error("runs that are trained together must continue from the same step");
  }
  const [step] = steps;
  return step ?? 0;
}

/**
 * Returns the state of some runs, one lane each: with their initial weights, or restored from their
 * snapshots.
 */
export function startState(
  signature: StepSignature,
  initial: readonly InitialWeights[],
  snapshots: readonly (Snapshot | undefined)[],
): TrainingState {
  const given = snapshots.filter((snapshot) => snapshot !== undefined);
  return tidyRecord(() => {
    const fresh = initialState(signature, initial);
    return given.length === 0 ? fresh : restored(fresh, given);
  });
}

/** Returns the state in some snapshots, one lane each, with the tensors of `like`. */
function restored(like: TrainingState, snapshots: readonly Snapshot[]): TrainingState {
  const tensors = recordLeaves(like).map(({ path, tensor }) => {
    const values = new Float32Array(tensor.size);
    for (const [lane, snapshot] of snapshots.entries()) {
      values.set(valuesOf(snapshot, path), (lane * tensor.size) / snapshots.length);
    }
    return tf.tensor(values, tensor.shape);
  });
  return recordStructure("a training state", like).unflatten(tensors);
}

function valuesOf({ tensors }: Snapshot, name: string): Float32Array {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found === undefined) {
    throw new Error(`a snapshot has no tensor "${name}"`);
  }
  return found.values;
}
