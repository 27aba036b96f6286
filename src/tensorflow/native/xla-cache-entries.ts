import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";

// TensorFlow renames a compiled program to its final name without waiting until its bytes are on the disk.
// After a power failure the file may be cut off or end in zeros, and TensorFlow then fails on it at every
// start, so it is removed first.

/** Matches finished entries; other files are still being written, or were abandoned. */
const entryName = /\.pb$/;

/**
 * Bytes of the longest varint of the [protocol buffer
 * encoding](https://protobuf.dev/programming-guides/encoding/).
 */
const longestVarint = 10;

/** Removes the incomplete entries of a folder, except those that the system does not let it remove. */
export function removeBrokenCacheEntries(folder: string): void {
  for (const name of readdirSync(folder).filter((entry) => entryName.test(entry))) {
    const path = join(folder, name);
    try {
      if (!isCompleteCacheEntry(path)) {
        rmSync(path);
      }
    } catch {
      // Another program uses the file, or has removed it.
    }
  }
}

/** Returns whether a file is a non-empty sequence of protocol buffer fields that ends where the file ends. */
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

/**
 * Returns the bytes of the field that begins here, its tag included, or undefined if these bytes cannot begin
 * one.
 */
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

/** Decodes a varint. Returns undefined if the bytes end within it or it is too long. */
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
