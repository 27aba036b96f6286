import { gunzipSync } from "node:zlib";

// The format of CUDA's fat binaries, which hold a kernel for several cards. NVIDIA does not document it; this is how
// cuobjdump and the files of CUDA 12 have it. A library has hundreds of them, anywhere between its other data. Each is a
// header of 16 bytes and entries, one for each card: machine code (an ELF file, called cubin) or PTX, an assembly that the
// driver compiles when it is first used.

/** Reads bytes of a file; fewer at its end. */
export type ReadBytes = (offset: number, length: number) => Buffer;

/** A kernel for one card. */
export interface FatEntry {
  readonly kind: "cubin" | "ptx";
  /** The card's compute capability times ten: 90 for sm_90. */
  readonly architecture: number;
  /** Where its header begins in the file. */
  readonly offset: number;
  /** Bytes of header and content. */
  readonly bytes: number;
}

const magic = Buffer.from([0x50, 0xed, 0x55, 0xba]);
const containerHeader = 16;
/** The first bytes of an entry's header, which have all that is read of it. */
const entryHeader = 64;
const longestEntryHeader = 1024;
const windowBytes = 2 ** 22;

/** Returns the fat binaries of a file, each as its entries, in order. Holds a window of the file at a time. */
export function* fatBinaries(read: ReadBytes, fileBytes: number): Generator<readonly FatEntry[]> {
  let window = read(0, windowBytes);
  let windowAt = 0;
  for (let at = 0; at < fileBytes; ) {
    const found = at < windowAt + window.length ? window.indexOf(magic, at - windowAt) : -1;
    if (found !== -1) {
      const start = windowAt + found;
      const entries = readEntries(read, start, fileBytes) ?? [];
      const last = entries.at(-1);
      if (last !== undefined) {
        yield entries;
      }
      at = last === undefined ? start + magic.length : last.offset + last.bytes;
    } else if (windowAt + window.length >= fileBytes) {
      return;
    } else {
      // The magic number may lie across the end of the window.
      windowAt = Math.max(at, windowAt + window.length - magic.length + 1);
      at = windowAt;
      window = read(windowAt, windowBytes);
    }
  }
}

/** Reads the entries of the fat binary at an offset. Returns undefined if the bytes there are not one. */
function readEntries(read: ReadBytes, start: number, fileBytes: number): readonly FatEntry[] | undefined {
  const header = read(start, containerHeader);
  if (
    header.length < containerHeader ||
    header.readUInt16LE(4) !== 1 ||
    header.readUInt16LE(6) !== containerHeader
  ) {
    return undefined;
  }
  const end = start + containerHeader + Number(header.readBigUInt64LE(8));
  if (end > fileBytes) {
    return undefined;
  }
  const entries: FatEntry[] = [];
  for (let at = start + containerHeader; at < end; ) {
    const entry = readEntry(read(at, entryHeader), at);
    if (entry === undefined || at + entry.bytes > end) {
      return undefined;
    }
    entries.push(entry);
    at += entry.bytes;
  }
  return entries;
}

function readEntry(header: Buffer, offset: number): FatEntry | undefined {
  if (header.length < entryHeader) {
    return undefined;
  }
  const kind = ([undefined, "ptx", "cubin"] as const)[header.readUInt16LE(0)];
  const headerBytes = header.readUInt32LE(4);
  const isEntry =
    header.readUInt16LE(2) === 0x101 && headerBytes >= entryHeader && headerBytes <= longestEntryHeader;
  return kind === undefined || !isEntry
    ? undefined
    : {
        kind,
        architecture: header.readUInt32LE(28),
        offset,
        bytes: headerBytes + Number(header.readBigUInt64LE(8)),
      };
}

/**
 * Machine code for sm_50, cards of 2014 that TensorFlow no longer has code for, without a kernel: what NVIDIA's
 * ptxas makes of PTX that consists of its header alone. Compressed by gzip.
 */
const emptyCubin = gunzipSync(
  Buffer.from(
    [
      "H4sIAAAAAAACA6t39XFjYmQ0ZmeAACaGfQwNDAjwgwlCVzBCaCNWIwYHBgugOgcGNgagoF5xRnFJUUliEpAFoytzkej44oy8",
      "lAoGvbwyvcy8tHwwIzkxJye9KLEgA8wrKMovyS+pLEgF84pSc/QSk0sy8/NobDheYATEzAwsGOJ+YHFWrHr+AwGI/gel/0Lp",
      "P0C6GKFMUJWB1YyBQsAIdgcmcIDSsVjUIwNuHPrnEqlfGJxWcDgMCDzg6QliDweUL4EUvkClBejaPaD6FaB8mBthMcGBFA/c",
      "WPRnQPULoIlzoNFsQMyKlL7RQQEazYHkPXL0AQBYGsCBaAMAAA==",
    ].join(""),
    "base64",
  ),
);

/** Bytes of the shortest entry that createEmptyEntry can make. */
export const shortestEmptyEntry = entryHeader + emptyCubin.length;

/**
 * Returns the beginning of an entry without kernels that takes this many bytes, the rest of which must be zeros.
 * No card that is in use chooses it, so that the driver answers as if there were no entry.
 */
export function createEmptyEntry(bytes: number): Buffer {
  const header = Buffer.alloc(entryHeader);
  header.writeUInt16LE(2, 0);
  header.writeUInt16LE(0x101, 2);
  header.writeUInt32LE(entryHeader, 4);
  header.writeBigUInt64LE(BigInt(bytes - entryHeader), 8);
  header.writeUInt16LE(7, 24);
  header.writeUInt16LE(1, 26);
  header.writeUInt32LE(50, 28);
  // Not compressed, 64-bit, for Linux.
  header.writeBigUInt64LE(0x11n, 40);
  return Buffer.concat([header, emptyCubin]);
}
