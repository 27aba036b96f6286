import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";

// TensorFlow gives a compiled program its name when it is written, but does not wait until it is on the disk: after a power
// failure it may be cut off or end in zeros. TensorFlow fails for good on such a file, so it has to go before it looks.

/** The name of a whole entry's file; others are being written, or were left so. */
const entryName = /\.pb$/;

const longestVarint = 10;

/** Removes the entries of a folder that are not whole. Leaves alone what it may not remove. */
export function removeBrokenCacheEntries(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entryName.test(entry))) {
    const path = join(folder, name);
    try {
      if (!isCompleteCacheEntry(path)) {
        rmSync(path);
      }
    } catch {
      // Another program has it, or it is gone.
    }
  }
}

/** Whether a file is a sequence of protocol buffer fields that ends where the file does, and holds any. */
export function isCompleteCacheEntry(path: string): boolean {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    let at = 0;
    while (at < size) {
      const head = Buffer.alloc(2 * longestVarint);
      const count = readSync(descriptor, head, 0, head.length, at);
      const length = lengthOfField(head.subarray(0, count));
      if (length === undefined) {
        return false;
      }
      at += length;
    }
    return size > 0 && at === size;
  } finally {
    closeSync(descriptor);
  }
}

/** Bytes of the field that begins here, its tag included; undefined if none can begin so. */
function lengthOfField(head: Buffer): number | undefined {
  const tag = varint(head, 0);
  if (tag === undefined || tag.value < 8) {
    return undefined;
  }
  const next = varint(head, tag.length);
  switch (tag.value % 8) {
    case 0:
      return next && tag.length + next.length;
    case 1:
      return tag.length + 8;
    case 2:
      return next && tag.length + next.length + next.value;
    case 5:
      return tag.length + 4;
    default:
      return undefined;
  }
}

function varint(bytes: Buffer, at: number): { readonly value: number; readonly length: number } | undefined {
  let value = 0;
  for (let index = 0; index < longestVarint; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) {
      return undefined;
    }
    value += (byte % 128) * 128 ** index;
    if (byte < 128) {
      return { value, length: index + 1 };
    }
  }
  return undefined;
}
