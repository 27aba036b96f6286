import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { backend } from "../backend.js";
import type { Graph } from "./graph.js";
import { encodeSavedModel, servingTag } from "./saved-model.js";

/** A graph, ready to run. */
export interface Session {
  /** Feeds the placeholders, in the order in which they were named, and gives the outputs, likewise. The caller owns the outputs. */
  run(inputs: readonly Tensor[]): Tensor[];
  /** Frees the session; a second call does nothing. */
  close(): void;
}

/**
 * Hands a graph to TensorFlow. `inputs` names its placeholders, `outputs` the values to bring back, each as `node:index`.
 * Throws what TensorFlow says if a node is not valid.
 */
export function openSession(graph: Graph, inputs: readonly string[], outputs: readonly string[]): Session {
  let id: number | undefined = load(graph);
  const names = inputs.map((name) => ({ name }));
  return {
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

// The C API takes a graph only from a folder. The load is synchronous, so that no signal handler can run before the folder is gone again.
function load(graph: Graph): number {
  const folder = mkdtempSync(join(tmpdir(), "segloss-graph-"));
  try {
    writeFileSync(join(folder, "saved_model.pb"), encodeSavedModel(graph));
    return backend().loadSavedModelMetaGraph(folder, servingTag);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
