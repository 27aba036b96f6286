// A file of its own because other helpers do not need TensorFlow.
import { backend, tf } from "../../src/tensorflow/backend.js";

/** Counts what must not grow: tfjs's tensors, TensorFlow's tensors, and its sessions. */
export function nativeCounts(): {
  readonly tensors: number;
  readonly handles: number;
  readonly sessions: number;
} {
  const { binding } = backend();
  return {
    tensors: tf.memory().numTensors,
    handles: binding.getNumOfTensors(),
    sessions: binding.getNumOfSavedModels(),
  };
}
