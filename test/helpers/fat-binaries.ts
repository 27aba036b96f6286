// Fat binaries as fatbinary writes them, with made-up content.

/** An entry of a made-up fat binary: its kind, architecture and content. */
export interface MadeUpEntry {
  readonly kind: "cubin" | "ptx";
  readonly architecture: number;
  readonly content: Buffer;
  /** Bytes of the entry's header; compressed entries have longer ones. */
  readonly headerBytes?: number;
}

/** Returns an entry whose content is one repeated letter. */
export function madeUpEntry(
  name: `${"sm" | "ptx"}_${number}`,
  letter: string,
  bytes = 2000,
  headerBytes = 64,
): MadeUpEntry {
  const [kind, architecture] = name.split("_");
  return {
    kind: kind === "sm" ? "cubin" : "ptx",
    architecture: Number(architecture),
    content: Buffer.alloc(bytes, letter),
    headerBytes,
  };
}

/** Returns the bytes of a fat binary. */
export function fatBinary(entries: readonly MadeUpEntry[]): Buffer {
  const content = Buffer.concat(entries.map(entryBytes));
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0xba55ed50, 0);
  header.writeUInt16LE(1, 4);
  header.writeUInt16LE(16, 6);
  header.writeBigUInt64LE(BigInt(content.length), 8);
  return Buffer.concat([header, content]);
}

function entryBytes({ kind, architecture, content, headerBytes = 64 }: MadeUpEntry): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16LE(kind === "cubin" ? 2 : 1, 0);
  header.writeUInt16LE(0x101, 2);
  header.writeUInt32LE(headerBytes, 4);
  header.writeBigUInt64LE(BigInt(content.length), 8);
  header.writeUInt32LE(architecture, 28);
  return Buffer.concat([header, content]);
}
