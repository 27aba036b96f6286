import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { isFileError } from "../results/fs/errors.js";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Receives the lines of a growing file. */
export interface LineSink {
  /** The file was replaced or cut: all lines so far no longer count. */
  restart(): void;
  /** Whole lines with their line ends, valid until the next call, and where they begin in the file. */
  lines(bytes: Buffer, offset: number): void;
}

/** Reads a growing file once. */
export interface LineFollower {
  /**
   * Passes on the next whole lines of the file at a path, at most `chunkBytes` of them. The path may change from call to call:
   * a file that was renamed is read on. Returns whether there may be more now. Never throws errors of the file system.
   */
  follow(path: string): "more" | "end" | "absent";
}

/** Bytes that are read in one call. No line of a run is as long. */
const chunkBytes = 2 ** 18;

/** Bytes before the first new one that must still be there: a replaced file has others. */
const tailBytes = 128;

// One buffer for all followers: reading is synchronous, and sinks may not hold on to it.
const buffer = Buffer.allocUnsafe(tailBytes + chunkBytes);

/**
 * Creates a follower at the beginning of a file. A file that was cut and has grown again past the end of what was read looks
 * the same; that its last lines have not changed is what is compared. So a run that was resumed from a checkpoint, which
 * writes the same rows again, is not read again.
 */
export function createLineFollower(sink: LineSink): LineFollower {
  let inode: number | undefined;
  let offset = 0;
  let tail = Buffer.alloc(0);
  const restart = (): void => {
    if (offset > 0) {
      sink.restart();
    }
    offset = 0;
    tail = Buffer.alloc(0);
  };
  const readFrom = (descriptor: number): "more" | "end" => {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) {
      return "end";
    }
    if (stats.ino !== inode || stats.size < offset) {
      restart();
      inode = stats.ino;
    }
    if (stats.size === offset) {
      return "end";
    }
    const count = readSync(descriptor, buffer, 0, tail.length + chunkBytes, offset - tail.length);
    if (!buffer.subarray(0, Math.min(count, tail.length)).equals(tail)) {
      restart();
      return "more";
    }
    const end = count === 0 ? 0 : buffer.lastIndexOf(0x0a, count - 1) + 1;
    if (end <= tail.length) {
      // No further line has ended yet.
      return "end";
    }
    const from = tail.length;
    const begin = offset;
    offset += end - from;
    tail = Buffer.from(buffer.subarray(Math.max(0, end - tailBytes), end));
    sink.lines(buffer.subarray(from, end), begin);
    return count === from + chunkBytes ? "more" : "end";
  };
  return {
    follow(path) {
      let descriptor: number;
      try {
        descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      } catch (error) {
        return absentIfFileError(error);
      }
      try {
        return readFrom(descriptor);
      } catch (error) {
        return absentIfFileError(error);
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function absentIfFileError(error: unknown): "absent" {
  if (isFileError(error)) {
    return "absent";
  }
  throw error;
}
