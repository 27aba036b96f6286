import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { backend, tf } from "./backend.js";

/** Writes scalars for TensorBoard into a file of their own. */
export interface SummaryWriter {
  /** Appends a float32 number. */
  scalar(tag: string, value: number, step: number): void;
  /** Completes and closes the file. Without it the file would stay open until the process ends. */
  close(): void;
}

/** Many scalars are written at once. */
const queueLength = 1000;

/**
 * Opens tfjs's own writer of summaries, which creates an events.out.tfevents file in the folder. The folder must not have
 * been used before in this process: tfjs remembers the writer of each. Throws if the file cannot be written.
 */
export function openSummaryWriter(folder: string): SummaryWriter {
  const writer = tf.node.summaryFileWriter(folder, queueLength);
  // tfjs keeps the handle to itself, and has no function that closes it.
  const { resourceHandle } = writer as unknown as { readonly resourceHandle: Tensor };
  return {
    scalar: (tag, value, step) => writer.scalar(tag, value, step),
    close() {
      writer.flush();
      backend().executeMultipleOutputs("CloseSummaryWriter", [], [resourceHandle], 0);
      resourceHandle.dispose();
    },
  };
}
