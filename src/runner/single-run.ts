import { Readable } from "node:stream";
import { exitCode, SeglossError } from "../errors.js";
import { createRunOutput, type RunOutput } from "../results/run-output.js";
import { openRunProgress, type RunProgressDisplay } from "../terminal/run-progress.js";
import { watchSignals } from "../terminal/signals.js";
import { type DeviceSlot, planDevices } from "./schedule/device-slots.js";
import type { RunOne, RunOptions } from "./types.js";
import { startWorker } from "./workers/process.js";
import type { FromWorker } from "./workers/protocol.js";

type RowChunk = Pick<Extract<FromWorker, { type: "rows" }>, "rows" | "steps">;

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
  const rows = openRows(options, gpus[0], display.print);
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

/** Opens a stream of the run's rows. Its worker trains only as fast as they are read. */
function openRows(
  { run, weights, device, gpu, xla, verbose }: RunOptions,
  slot: DeviceSlot | undefined,
  print: (line: string) => void,
): Readable {
  const settings = { device, gpu, ...slot, xla, verbose, lanes: 1 };
  const worker = startWorker(settings, {
    message: (message) => onMessage(message),
    exit: (reason) => rows.destroy(failure(`the run's worker ${reason}`, exitCode.runFailed)),
  });
  worker.send({ type: "stream", run, weights });
  const rows = new Readable({
    objectMode: true,
    // One chunk is written while the next one is trained.
    highWaterMark: 2,
    read: () => worker.send({ type: "more" }),
    destroy(error, callback) {
      worker.kill();
      callback(error);
    },
  });
  const onMessage = (message: FromWorker): void => {
    if (message.type === "ready") {
      message.notes.forEach(print);
      if (message.device === "gpu") {
        print(`on the ${message.deviceName}`);
      }
    } else if (message.type === "rows") {
      rows.push(message);
    } else if (message.type === "rowsEnd") {
      rows.push(null);
    } else if (message.type === "unusable") {
      const code = message.exitCode === exitCode.noTensorFlow ? exitCode.noTensorFlow : exitCode.runFailed;
      rows.destroy(failure(message.message, code));
    }
  };
  return rows;
}

function failure(message: string, code: 1 | 3): SeglossError {
  return new SeglossError(message, { exitCode: code });
}
