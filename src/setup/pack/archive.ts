import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { constants, createBrotliCompress, createBrotliDecompress } from "node:zlib";
import { createTarDecoder, createTarPacker } from "modern-tar";

// The archive format of packs: tar, compressed with Brotli. Node 20 has no zstd, and for these libraries
// Brotli at this quality is as fast as gzip and a fifth smaller. Both ways only a few megabytes are in memory.

/** A file to be written into an archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** An entry of an archive that is read. Its content must be read, or cancelled, before the next entry. */
export interface ArchiveEntry {
  readonly name: string;
  readonly bytes: number;
  /** False for folders, links and devices. */
  readonly isFile: boolean;
  readonly content: ReadableStream<Uint8Array>;
}

const compression = {
  [constants.BROTLI_PARAM_QUALITY]: 5,
  // The longest distance of the format without its extension for large windows: 16 MB.
  [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
};
const chunkBytes = 2 ** 20;

/**
 * Writes an archive to a file that does not exist yet, and returns the archive's sha256 and its bytes. Throws
 * disk errors, and what reading the files throws.
 */
export async function writeArchive(
  path: string,
  files: Iterable<ArchiveFile>,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const { readable, controller } = createTarPacker();
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  let bytes = 0;
  let diskError: unknown;
  try {
    const output = pipeline(
      Readable.fromWeb(readable as ReadableStream),
      createBrotliCompress({ params: compression, chunkSize: chunkBytes }),
      async (chunks: AsyncIterable<Uint8Array>) => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          await file.writeFile(chunk).catch((error) => {
            diskError = error;
            throw error;
          });
        }
      },
    );
    const results = await Promise.allSettled([output, addFiles(controller, files)]);
    for (const result of results) {
      if (result.status === "rejected") {
        // An error of the disk stops the streams, which then report that they were aborted.
        throw diskError ?? result.reason;
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

async function addFiles(
  archive: ReturnType<typeof createTarPacker>["controller"],
  files: Iterable<ArchiveFile>,
): Promise<void> {
  try {
    for (const { name, bytes, content } of files) {
      // Without owners and times, the same library has the same pack.
      const header = { name, size: bytes, mtime: new Date(0), uid: 0, gid: 0, mode: 0o644 };
      const writer = archive.add(header).getWriter();
      for await (const chunk of content) {
        await writer.write(chunk);
      }
      await writer.close();
    }
    archive.finalize();
  } catch (error) {
    archive.error(error);
    throw error;
  }
}

/**
 * Reads the entries of an archive one after the other. Calls `onBytes` with the bytes of the file that have
 * been read so far. Throws disk errors, and other errors for a file that is not a whole archive.
 */
export async function* readArchive(
  path: string,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<ArchiveEntry> {
  const source = createReadStream(path, { highWaterMark: chunkBytes });
  source.on("data", () => onBytes(source.bytesRead));
  const tar = createBrotliDecompress({ chunkSize: chunkBytes });
  const isRead = pipeline(source, tar);
  // An error reaches the reader through the stream of entries.
  isRead.catch(() => {});
  const entries = (Readable.toWeb(tar) as ReadableStream<Uint8Array>).pipeThrough(
    createTarDecoder({ strict: true }),
  );
  try {
    for await (const { header, body } of entries) {
      const { name, size, type } = header;
      yield { name, bytes: size, isFile: type === "file", content: body as ReadableStream<Uint8Array> };
    }
  } finally {
    source.destroy();
    tar.destroy();
  }
}
