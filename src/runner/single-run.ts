import { Readable } from "node:stream";
import { exitCode, SeglossError } from "../errors.js";
import { createRunOutput, type RunOutput } from "../results/run-output.js";
import { type Display, openDisplay } from "../terminal/progress.js";
import { watchSignals } from "../terminal/signals.js";
import { type DeviceSlot, planDevices } from "./schedule/devices.js";
import type { RunOne, RunOptions } from "./types.js";
import { startWorker, type WorkerProcess } from "./workers/process.js";
import type { FromWorker } from "./workers/protocol.js";

type Piece = Pick<Extract<FromWorker, { type: "rows" }>, "rows" | "steps">;

/**
 * Trains one run and writes its CSV. It is trained in a process of its own, so that signals and a reader that leaves are
 * noticed at once, whatever TensorFlow is at. Throws SeglossError if TensorFlow or the output fails.
 */
export const runOne: RunOne = async (options) => {
  const interruption = watchSignals();
  const dataOnStdout = options.output === "-";
  const display = openDisplay({ ...options, steps: options.run.cell.steps, runs: 1, dataOnStdout });
  const { gpus, note } = await planDevices(options.device, options.gpu);
  if (note !== undefined) {
    display.line(note);
  }
  const rows = openRows(options, gpus[0], display.line);
  const interrupted = new Promise<"interrupted">((resolve) => {
    interruption.attend({ stop: () => resolve("interrupted"), kill: () => end(rows, display) });
  });
  try {
    const written = write(rows, options, display, () => interruption.signal() !== undefined);
    await Promise.race([written, interrupted]);
    return interruption.signal();
  } finally {
    end(rows, display);
    interruption.release();
  }
};

function end(rows: Readable, display: Display): void {
  rows.destroy();
  display.close();
}

/** Writes all pieces, or none to a file: it gets its name when it is whole. */
async function write(
  rows: Readable,
  { run, output: target }: RunOptions,
  display: Display,
  isInterrupted: () => boolean,
): Promise<void> {
  let output: RunOutput | undefined;
  try {
    for await (const piece of rows as AsyncIterable<Piece>) {
      output ??= await createRunOutput(target, run);
      await output.append(piece.rows);
      display.steps(piece.steps);
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

/** The rows of a run from a worker, which makes them as they are read. */
function openRows(options: RunOptions, place: DeviceSlot | undefined, say: (line: string) => void): Readable {
  const { run, device, gpu, xla, verbose } = options;
  const settings = { device, gpu, ...place, xla, verbose, lanes: 1 };
  const worker: WorkerProcess = startWorker(settings, {
    message: (message) => hear(message),
    exit: (how) => rows.destroy(failure(`the run's worker ${how}`, exitCode.runFailed)),
  });
  worker.send({ type: "stream", run });
  const rows = new Readable({
    objectMode: true,
    // One piece is written while the next is made.
    highWaterMark: 2,
    read: () => worker.send({ type: "more" }),
    destroy(error, callback) {
      worker.kill();
      callback(error);
    },
  });
  const hear = (message: FromWorker): void => {
    if (message.type === "ready") {
      message.notes.forEach(say);
      if (message.device === "gpu") {
        say(`on the ${message.deviceName}`);
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
