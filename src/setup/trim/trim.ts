import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { createEmptyEntry, type FatEntry, fatBinaries, shortestEmptyEntry } from "./fat-binary.js";

// Leaves out of a library the machine code for other cards than one. Every byte that stays keeps its place, and
// the file its length, so nothing that refers to them changes: what is left out becomes zeros, which a pack
// compresses to nothing and which take no space on the disk.

/** Bytes of a file to be replaced: by `head`, and from there to the end of the range by zeros. */
export interface Patch {
  readonly offset: number;
  readonly bytes: number;
  readonly head: Buffer;
}

/** What is left out of a file. */
export interface TrimPlan {
  /** In order, without overlaps. */
  readonly patches: readonly Patch[];
  /** The architectures that the file has machine code for, times ten: 90 for sm_90. */
  readonly architectures: ReadonlySet<number>;
  /** True if there is code that the architecture can use, be it PTX. */
  readonly hasCode: boolean;
}

/** Parses the name of a CUDA architecture: "sm_90" is 90. Returns undefined if it is not one. */
export function parseArchitecture(name: string): number | undefined {
  const digits = /^sm_([1-9]\d{1,2})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Finds what to leave out of a library for an architecture. Reads a window of the file at a time. */
export function planTrim(path: string, architecture: number): TrimPlan {
  const descriptor = openSync(path, "r");
  try {
    const read = (offset: number, length: number): Buffer => {
      const buffer = Buffer.allocUnsafe(length);
      return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset));
    };
    const patches: Patch[] = [];
    const architectures = new Set<number>();
    let hasCode = false;
    for (const entries of fatBinaries(read, statSync(path).size)) {
      const used = usedEntries(entries, architecture);
      hasCode ||= used.size > 0;
      patches.push(...patchesOf(entries, used));
      for (const entry of entries.filter(({ kind }) => kind === "cubin")) {
        architectures.add(entry.architecture);
      }
    }
    return { patches, architectures, hasCode };
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Returns the entries of a fat binary that a card of an architecture may use. The driver takes machine code for
 * the card itself, else for the nearest older one of the same generation, else it compiles the newest PTX that
 * is not newer than the card. For code of an older card the PTX stays too, because some such code runs on that
 * card alone.
 */
export function usedEntries(entries: readonly FatEntry[], architecture: number): ReadonlySet<FatEntry> {
  const generation = Math.floor(architecture / 10);
  const older = entries.filter((entry) => entry.architecture <= architecture);
  const cubins = newest(
    older.filter((entry) => entry.kind === "cubin" && Math.floor(entry.architecture / 10) === generation),
  );
  const isExact = cubins[0]?.architecture === architecture;
  const ptx = isExact ? [] : newest(older.filter(({ kind }) => kind === "ptx"));
  return new Set([...cubins, ...ptx]);
}

function newest(entries: readonly FatEntry[]): readonly FatEntry[] {
  const latest = Math.max(...entries.map(({ architecture }) => architecture));
  return entries.filter(({ architecture }) => architecture === latest);
}

/** Replaces each sequence of unused entries by one entry without kernels, unless there is no room for it. */
function patchesOf(entries: readonly FatEntry[], used: ReadonlySet<FatEntry>): Patch[] {
  const ranges: { offset: number; bytes: number }[] = [];
  for (const entry of entries.filter((one) => !used.has(one))) {
    const last = ranges.at(-1);
    if (last !== undefined && last.offset + last.bytes === entry.offset) {
      last.bytes += entry.bytes;
    } else {
      ranges.push({ offset: entry.offset, bytes: entry.bytes });
    }
  }
  return ranges
    .filter(({ bytes }) => bytes >= shortestEmptyEntry)
    .map((range) => ({ ...range, head: createEmptyEntry(range.bytes) }));
}

const chunkBytes = 2 ** 20;

/** Reads a file with some bytes replaced, a chunk at a time. */
export async function* readPatched(path: string, patches: readonly Patch[]): AsyncGenerator<Uint8Array> {
  let next = 0;
  let position = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
    const end = position + chunk.length;
    for (let index = next; index < patches.length; index++) {
      const patch = patches[index];
      if (patch === undefined || patch.offset >= end) {
        break;
      }
      apply(patch, chunk, position);
      if (patch.offset + patch.bytes <= end) {
        next = index + 1;
      }
    }
    yield chunk;
    position = end;
  }
}

/** Replaces the part of a patch that lies in a chunk, which begins at `position` in the file. */
function apply({ offset, bytes, head }: Patch, chunk: Buffer, position: number): void {
  const start = Math.max(0, offset - position);
  const end = Math.min(chunk.length, offset + bytes - position);
  chunk.fill(0, start, end);
  const fromHead = position + start - offset;
  if (fromHead < head.length) {
    head.copy(chunk, start, fromHead, fromHead + end - start);
  }
}
