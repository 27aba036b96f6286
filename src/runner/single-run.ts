import type { Readable } from "node:stream";
import { createRunOutput, type RunOutput } from "../results/run-output.js";
import { openRunProgress, type RunProgressDisplay } from "../terminal/run-progress.js";
import { watchSignals } from "../terminal/signals.js";
import { openRunRows, type RowChunk } from "./run-rows.js";
import { planDevices } from "./schedule/device-slots.js";
import type { RunOne, RunOptions } from "./types.js";

/**
 * Trains one run and writes its CSV. It is trained in a worker process, so that signals and a closed pipe are noticed at once,
 * however long a call of TensorFlow takes. Throws SeglossError if TensorFlow or the output fails.
 */
export const runOne: RunOne = async (options) => {
  const interruption = watchSignals();
  const dataOnStdout = options.output === "-";
  const display = openRunProgress({ ...options, steps: options.run.cell.steps, runs: 1, dataOnStdout });
  const { gpus, note } = await planDevices(options.device, options.gpu);
  if (note !== undefined) {
    display.print(note);
  }
  const rows = openRunRows(options, gpus[0], display.print);
  const close = (): void => {
    rows.destroy();
    display.close();
  };
  const interrupted = new Promise<"interrupted">((resolve) => {
    interruption.handle({ stop: () => resolve("interrupted"), kill: close });
  });
  try {
    const written = writeRows(rows, options, display, () => interruption.signal() !== undefined);
    await Promise.race([written, interrupted]);
    return interruption.signal();
  } finally {
    close();
    interruption.release();
  }
};

/** Writes all rows. A file gets its name only when it is complete; an unfinished one is removed. */
async function writeRows(
  rows: Readable,
  { run, output: target }: RunOptions,
  display: RunProgressDisplay,
  isInterrupted: () => boolean,
): Promise<void> {
  let output: RunOutput | undefined;
  try {
    for await (const chunk of rows as AsyncIterable<RowChunk>) {
      output ??= await createRunOutput(target, run);
      await output.append(chunk.rows);
      display.addSteps(chunk.steps);
    }
    display.close();
    await output?.finish();
  } catch (error) {
    output?.abandon();
    if (!isInterrupted()) {
      throw error;
    }
  }
}
