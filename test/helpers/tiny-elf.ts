import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const header = 64;
const programHeader = 56;
/** Address in memory; it differs from the place in the file, as in real libraries, so that a reader that confuses them fails. */
const address = 0x400000;

/** Writes a minimal 64-bit ELF library that names other libraries and a run path. */
export function writeElf(file: string, needed: readonly string[], runPath?: string): void {
  const strings = ["", ...needed, ...(runPath === undefined ? [] : [runPath])];
  const offsets = strings.map((_, index) =>
    strings.slice(0, index).reduce((sum, text) => sum + text.length + 1, 0),
  );
  const table = Buffer.from(strings.map((text) => `${text}\0`).join(""));
  const dynamicAt = header + 2 * programHeader;
  const entries: [number, number][] = [
    ...needed.map((_, index): [number, number] => [1, offsets[index + 1] ?? 0]),
    ...(runPath === undefined ? [] : [[29, offsets.at(-1) ?? 0] as [number, number]]),
  ];
  const tableAt = dynamicAt + (entries.length + 2) * 16;
  const dynamic = pairs([...entries, [5, address + tableAt], [0, 0]]);
  const bytes = Buffer.concat([
    fileHeader(),
    segment(1, 0, address, tableAt + table.length),
    segment(2, dynamicAt, address + dynamicAt, dynamic.length),
    dynamic,
    table,
  ]);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

function fileHeader(): Buffer {
  const bytes = Buffer.alloc(header);
  bytes.write("\x7fELF\x02\x01\x01", "latin1");
  bytes.writeBigUInt64LE(BigInt(header), 32);
  bytes.writeUInt16LE(programHeader, 54);
  bytes.writeUInt16LE(2, 56);
  return bytes;
}

function segment(type: number, offset: number, at: number, size: number): Buffer {
  const bytes = Buffer.alloc(programHeader);
  bytes.writeUInt32LE(type, 0);
  bytes.writeBigUInt64LE(BigInt(offset), 8);
  bytes.writeBigUInt64LE(BigInt(at), 16);
  bytes.writeBigUInt64LE(BigInt(size), 32);
  return bytes;
}

function pairs(entries: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(entries.length * 16);
  entries.forEach(([tag, value], index) => {
    bytes.writeBigInt64LE(BigInt(tag), index * 16);
    bytes.writeBigUInt64LE(BigInt(value), index * 16 + 8);
  });
  return bytes;
}
