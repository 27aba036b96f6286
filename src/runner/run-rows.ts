import { Readable } from "node:stream";
import { exitCode, SeglossError } from "../errors.js";
import type { DeviceSlot } from "./schedule/device-slots.js";
import type { RunOptions } from "./types.js";
import { startWorker } from "./workers/process.js";
import type { FromWorker } from "./workers/protocol.js";

/** Whole CSV rows, without the header, and how many steps they are. */
export type RowChunk = Pick<Extract<FromWorker, { type: "rows" }>, "rows" | "steps">;

/** What a streamed run needs. */
type StreamedRun = Pick<RunOptions, "run" | "weights" | "device" | "gpu" | "xla" | "verbose">;

/**
 * Opens a stream of the run's rows, chunk by chunk. Its worker trains only as fast as they are read, and is killed when the
 * stream is destroyed.
 *
 * @param slot the GPU to train on; undefined for the CPU
 * @param print receives the notes of the worker, line by line
 */
export function openRunRows(
  { run, weights, device, gpu, xla, verbose }: StreamedRun,
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
