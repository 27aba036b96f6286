import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backend, tf } from "../../src/tensorflow/backend.js";

// A temporary folder of this process's own, so that nobody else's folders are counted.
const folder = mkdtempSync(join(tmpdir(), "segloss-test-"));
process.env.TMPDIR = folder;
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** What must not grow: tfjs's tensors, TensorFlow's, its sessions, and the folders of graphs. */
export function counts(): Readonly<Record<string, number>> {
  const { binding } = backend();
  return {
    tensors: tf.memory().numTensors,
    handles: binding.getNumOfTensors(),
    sessions: binding.getNumOfSavedModels(),
    folders: readdirSync(tmpdir()).filter((name) => name.startsWith("segloss-graph-")).length,
  };
}
