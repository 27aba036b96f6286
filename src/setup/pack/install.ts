import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { chmod, type FileHandle, mkdir, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { exitCode, firstLine, SeglossError } from "../../errors.js";
import { isFileError, toFileError } from "../../results/fs/errors.js";
import type { WheelSet } from "../../tensorflow/index.js";
import { copyAddons, hasAddons } from "../addons.js";
import { openByteProgress } from "../byte-progress.js";
import { installLibrary } from "../library.js";
import { checkSpace } from "../machine.js";
import { openPartialFolder } from "../partial-folder.js";
import { type ArchiveEntry, readArchive } from "./archive.js";
import {
  bytesOfFiles,
  checkPackFits,
  longestManifest,
  type PackedFile,
  type PackManifest,
  packManifestName,
  parsePackManifest,
} from "./manifest.js";

/** A pack that fits this installation and this machine. */
export interface Pack {
  readonly file: string;
  readonly manifest: PackManifest;
  readonly wheelSet: WheelSet;
}

/** Reads what is in a pack. Throws a SeglossError if it is not one, is damaged, or does not fit here. */
export async function readPack(file: string): Promise<Pack> {
  const manifest = await withPackErrors(file, async () => {
    for await (const entry of readArchive(file)) {
      return await readPackManifest(entry);
    }
    throw new Error("it is empty");
  });
  return { file, manifest, wheelSet: checkPackFits(file, manifest) };
}

/**
 * Unpacks library and addons into a folder beside their place and renames it when every file has its sha256.
 *
 * @param library the library's folder in the cache
 * @throws SeglossError if the pack is damaged; disk errors of the cache
 */
export async function installPack({ file, manifest, wheelSet }: Pack, library: string): Promise<void> {
  const cache = dirname(library);
  checkSpace(cache, bytesOfFiles(manifest.files));
  const partial = await openPartialFolder(cache);
  try {
    await withPackErrors(file, () => unpack(file, manifest, partial.path));
    await installLibrary(partial.path, wheelSet, library, manifest.architecture);
    if (!hasAddons(library)) {
      // The library was there already, without them.
      await copyAddons(join(partial.path, manifest.addons), library);
    }
  } finally {
    await partial.close();
  }
}

/** Unpacks exactly the listed files. Throws an Error at the first entry that is not one of them, whole. */
async function unpack(file: string, manifest: PackManifest, folder: string): Promise<void> {
  const expected = new Map(manifest.files.map((one) => [one.path, one]));
  const progress = openByteProgress(`unpacking ${basename(file)}`, statSync(file).size);
  try {
    let isFirst = true;
    for await (const entry of readArchive(file, progress.update)) {
      if (isFirst) {
        await readPackManifest(entry);
        isFirst = false;
        continue;
      }
      const listed = expected.get(entry.name);
      if (!entry.isFile || listed === undefined || listed.bytes !== entry.bytes) {
        throw new Error(`${JSON.stringify(entry.name)} is not as its list of files has it`);
      }
      expected.delete(entry.name);
      await unpackFile(entry, listed, join(folder, listed.path));
    }
  } finally {
    progress.close();
  }
  const [missing] = expected.keys();
  if (missing !== undefined) {
    throw new Error(`it ends before ${missing}`);
  }
}

async function unpackFile({ content }: ArchiveEntry, listed: PackedFile, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash("sha256");
  const file = await open(path, "wx");
  try {
    let position = 0;
    for await (const chunk of content) {
      hash.update(chunk);
      await writeSparse(file, chunk, position);
      position += chunk.length;
    }
    await file.truncate(position);
    // The folder is renamed afterwards, and by then its bytes must be on the disk.
    await file.sync();
  } finally {
    await file.close();
  }
  if (hash.digest("hex") !== listed.sha256) {
    throw new Error(`${listed.path} does not have the recorded sha256`);
  }
  if (path.includes("/bin/")) {
    await chmod(path, 0o755);
  }
}

const blockBytes = 2 ** 16;
const zeros = Buffer.alloc(blockBytes);

/** Writes what is not zeros: trimmed libraries have long stretches of them, which then take no space on the disk. */
async function writeSparse(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < chunk.length; at += blockBytes) {
    const block = chunk.subarray(at, at + blockBytes);
    if (!zeros.subarray(0, block.length).equals(block)) {
      await file.write(block, 0, block.length, position + at);
    }
  }
}

async function readPackManifest({ name, bytes, isFile, content }: ArchiveEntry): Promise<PackManifest> {
  if (name !== packManifestName || !isFile || bytes > longestManifest) {
    throw new Error(`it does not begin with ${packManifestName}`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) {
    chunks.push(chunk);
  }
  return parsePackManifest(Buffer.concat(chunks).toString("utf8"));
}

/** Names the pack in every error but those of the disk that is written to. */
async function withPackErrors<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (
      error instanceof SeglossError ||
      (isFileError(error) && error.path !== file && error.syscall !== "read")
    ) {
      throw error;
    }
    if (isFileError(error)) {
      throw toFileError(error, file);
    }
    throw new SeglossError(
      `${file} is damaged, or not made by "segloss setup --pack": ${firstLine(error)}. Copy it again, and compare its sha256 with the one printed when it was made.`,
      { exitCode: exitCode.runFailed, cause: error },
    );
  }
}
