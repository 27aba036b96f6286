import { closeSync, constants, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { isFileError } from "../results/fs/errors.js";
import type { Run } from "../study/run.js";
import { createRowParser } from "./row-parser.js";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Bytes that are read in one call, several times a row. */
const chunkBytes = 2 ** 18;

/**
 * Calls `onRow` with the rows of a run's CSV whose steps are in [from, until), reading from an offset at which a row begins. It
 * ends early where the file cannot be read or has another line. Yields to the event loop in between.
 */
export async function readRange(
  path: string,
  offset: number,
  run: Run,
  { from, until }: { readonly from: number; readonly until: number },
  onRow: (step: number, values: Float64Array) => void,
): Promise<void> {
  const parser = createRowParser(run);
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    for (let at = offset; ; ) {
      const count = readSync(descriptor, buffer, 0, buffer.length, at);
      const end = count === 0 ? 0 : buffer.lastIndexOf(0x0a, count - 1) + 1;
      let isOver = end === 0;
      const isOwn = parser.parse(buffer.subarray(0, end), ({ step, values }) => {
        isOver = step >= until;
        if (step >= from && !isOver) {
          onRow(step, values);
        }
        return !isOver;
      });
      if (isOver || !isOwn) {
        return;
      }
      at += end;
      await setImmediate();
    }
  } catch (error) {
    if (!isFileError(error)) {
      throw error;
    }
  } finally {
    if (descriptor !== undefined) {
      closeSync(descriptor);
    }
  }
}
