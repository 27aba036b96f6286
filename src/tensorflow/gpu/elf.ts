import { closeSync, openSync, readSync } from "node:fs";

/** The other libraries that the dynamic section of an ELF library names. */
export interface ElfLinks {
  /** Libraries that the loader loads with it. */
  readonly needed: readonly string[];
  /** Folders that the loader searches for it and for its dlopen calls; `$ORIGIN` is not replaced. */
  readonly runPath: readonly string[];
}

const segment = { load: 1, dynamic: 2 } as const;
const tag = { end: 0, needed: 1, stringTable: 5, rpath: 15, runPath: 29 } as const;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * Reads the links of a 64-bit little-endian ELF library from its headers, without reading the whole file.
 * Throws if it is not one.
 */
export function readElfLinks(file: string): ElfLinks {
  const descriptor = openSync(file, "r");
  try {
    return parse((offset, length) => readAt(descriptor, offset, length), file);
  } finally {
    closeSync(descriptor);
  }
}

type Read = (offset: number, length: number) => Buffer;

function parse(read: Read, file: string): ElfLinks {
  const header = read(0, 64);
  if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) {
    throw new Error(`${file} is not a 64-bit little-endian ELF file`);
  }
  const segments = readSegments(read, header);
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  const entries = dynamic === undefined ? [] : readDynamic(read(dynamic.offset, dynamic.size));
  const table = entries.find(([key]) => key === tag.stringTable)?.[1] ?? 0;
  const strings = fileOffset(segments, table);
  const values = (...keys: readonly number[]) =>
    entries.filter(([key]) => keys.includes(key)).map(([, value]) => readString(read, strings + value));
  return {
    needed: values(tag.needed),
    runPath: values(tag.runPath, tag.rpath).flatMap((path) => path.split(":").filter((part) => part !== "")),
  };
}

function readSegments(read: Read, header: Buffer): Segment[] {
  const count = header.readUInt16LE(56);
  const size = header.readUInt16LE(54);
  const table = read(Number(header.readBigUInt64LE(32)), count * size);
  return Array.from({ length: count }, (_, index) => ({
    type: table.readUInt32LE(index * size),
    offset: Number(table.readBigUInt64LE(index * size + 8)),
    address: Number(table.readBigUInt64LE(index * size + 16)),
    size: Number(table.readBigUInt64LE(index * size + 32)),
  }));
}

function readDynamic(section: Buffer): [number, number][] {
  const entries = Array.from({ length: Math.floor(section.length / 16) }, (_, index): [number, number] => [
    Number(section.readBigInt64LE(index * 16)),
    Number(section.readBigUInt64LE(index * 16 + 8)),
  ]);
  const end = entries.findIndex(([key]) => key === tag.end);
  return end === -1 ? entries : entries.slice(0, end);
}

/** Maps an address in memory, as the dynamic section has them, to its place in the file. */
function fileOffset(segments: readonly Segment[], address: number): number {
  const home = segments.find(
    (one) => one.type === segment.load && one.address <= address && address < one.address + one.size,
  );
  return home === undefined ? address : address - home.address + home.offset;
}

function readString(read: Read, offset: number): string {
  // TensorFlow's run paths are tens of thousands of characters long.
  for (let length = 256; ; length *= 8) {
    const bytes = read(offset, length);
    const end = bytes.indexOf(0);
    if (end !== -1 || bytes.length < length) {
      return bytes.toString("utf8", 0, end === -1 ? bytes.length : end);
    }
  }
}

function readAt(descriptor: number, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, length, offset));
}
