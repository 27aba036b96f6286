import { createHash } from "node:crypto";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { backend, scoped, tf } from "../backend.js";
import { servingTag } from "./saved-model.js";

/** A graph that TensorFlow has loaded. */
export interface Session {
  /** A hash of the graph, the same in every process. */
  readonly hash: string;
  /** Feeds the placeholders and returns the outputs, both in the order in which they were named. The caller owns the outputs. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** Frees the session; a second call does nothing. */
  close(): void;
}

/**
 * Loads a SavedModel into TensorFlow. `inputs` names its placeholders and `outputs` the values to return, each as
 * `node:index`. Throws TensorFlow's error if a node is not valid.
 */
export function openSession(
  model: Uint8Array,
  inputs: readonly string[],
  outputs: readonly string[],
): Session {
  const hash = createHash("sha256").update(model).digest("hex");
  let id: number | undefined = backend().loadSavedModelMetaGraph(writeToMemory(model, hash), servingTag);
  const names = inputs.map((name) => ({ name }));
  return {
    hash,
    run(tensors) {
      if (id === undefined) {
        throw new Error("this compiled function is disposed");
      }
      return backend().runSavedModel(id, tensors, names, outputs);
    },
    close() {
      if (id !== undefined) {
        backend().deleteSavedModel(id);
        id = undefined;
      }
    },
  };
}

const written = new Set<string>();

/**
 * Writes a SavedModel to TensorFlow's file system in memory and returns its folder. TensorFlow loads a graph only from a
 * folder; one in memory needs no disk, and nothing remains of it however the process ends. Files there cannot be removed
 * and writing appends to them, so a graph is named by its content and written once.
 */
function writeToMemory(model: Uint8Array, hash: string): string {
  const folder = `ram://segloss/${hash}`;
  if (!written.has(folder)) {
    scoped(() => {
      const path = tf.scalar(`${folder}/saved_model.pb`, "string");
      // tfjs takes bytes for an element of a string tensor, though its type says only string.
      const contents = tf.scalar(model as unknown as string, "string");
      backend().executeMultipleOutputs("WriteFile", [], [path, contents], 0);
    });
    written.add(folder);
  }
  return folder;
}
