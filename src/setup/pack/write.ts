import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileError } from "../../results/fs/errors.js";
import { provenance } from "../../results/provenance.js";
import {
  addonFolderName,
  addonNames,
  libraryName,
  type NativeLibrary,
  type WheelSet,
} from "../../tensorflow/index.js";
import { type ByteProgress, openByteProgress } from "../byte-progress.js";
import { isOlder, oldestGlibc } from "../machine.js";
import { openPartialFolder, removeAbandonedFolders } from "../partial-folder.js";
import { trimLibrary } from "../trim/library.js";
import { readPatched } from "../trim/trim.js";
import { type ArchiveFile, writeArchive } from "./archive.js";
import {
  bytesOfFiles,
  type PackedFile,
  type PackManifest,
  packManifestName,
  sha256OfFiles,
} from "./manifest.js";

/** A pack that has been written. */
export interface WrittenPack {
  readonly manifest: PackManifest;
  /** Bytes and sha256 of the pack itself. */
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a library and its addons to a pack. The pack appears under its name when it is complete, and then
 * replaces a file of that name. Every file is read twice, because its sha256 comes before all content. Throws
 * disk errors.
 *
 * @param architecture a CUDA architecture; the machine code for all others is left out
 * @throws SeglossError if the library cannot be used on that architecture
 */
export async function writePack(
  library: NativeLibrary,
  wheelSet: WheelSet,
  file: string,
  architecture?: string,
): Promise<WrittenPack> {
  const target = resolve(file);
  if (statSync(target, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw fileError("EISDIR", file);
  }
  const contents = packContents(library, architecture);
  await removeAbandonedFolders(dirname(target));
  const partial = await openPartialFolder(dirname(target));
  try {
    const trimmed = { ...library, architecture: architecture ?? library.architecture };
    const manifest = createManifest(trimmed, wheelSet, await hashContents(contents));
    const path = join(partial.path, basename(target));
    const written = await writeArchive(path, archiveFiles(manifest, contents));
    await rename(path, target);
    return { manifest, ...written };
  } finally {
    await partial.close();
  }
}

function createManifest(
  library: NativeLibrary,
  wheelSet: WheelSet,
  files: readonly PackedFile[],
): PackManifest {
  const { segloss, commit } = provenance();
  return {
    format: 1,
    segloss,
    commit,
    platform: wheelSet.platform,
    variant: wheelSet.variant,
    library: libraryName(wheelSet),
    addons: addonFolderName(),
    architecture: library.architecture,
    glibc: wheelSet.platform.startsWith("linux")
      ? neededGlibc(addonNames.map((name) => join(dirname(library.binding), name)))
      : undefined,
    files: [...files],
    sha256: sha256OfFiles(files),
  };
}

/** A file of the library, and how its content for the pack is read. */
interface PackContent {
  /** Relative to the library's folder. */
  readonly path: string;
  readonly read: () => AsyncIterable<Uint8Array>;
}

function packContents(library: NativeLibrary, architecture: string | undefined): readonly PackContent[] {
  const files = library.files.map(({ path }) => path);
  const addons = addonNames.map((name) => `${addonFolderName()}/${name}`);
  const patches = architecture === undefined ? undefined : trimLibrary(library, architecture);
  return [...files, ...addons].map((path) => ({
    path,
    read: () => readPatched(join(library.folder, path), patches?.get(path) ?? []),
  }));
}

async function hashContents(contents: readonly PackContent[]): Promise<PackedFile[]> {
  const files: PackedFile[] = [];
  for (const { path, read } of contents) {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of read()) {
      hash.update(chunk);
      bytes += chunk.length;
    }
    files.push({ path, bytes, sha256: hash.digest("hex") });
  }
  return files;
}

function* archiveFiles(manifest: PackManifest, contents: readonly PackContent[]): Generator<ArchiveFile> {
  const text = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  yield { name: packManifestName, bytes: text.length, content: [text] };
  const progress = openByteProgress("packing", bytesOfFiles(manifest.files));
  let before = 0;
  try {
    for (const [index, { path, read }] of contents.entries()) {
      const bytes = manifest.files[index]?.bytes ?? 0;
      yield { name: path, bytes, content: showProgress(read(), progress, before) };
      before += bytes;
    }
  } finally {
    progress.close();
  }
}

async function* showProgress(
  chunks: AsyncIterable<Uint8Array>,
  progress: ByteProgress,
  before: number,
): AsyncGenerator<Uint8Array> {
  let done = before;
  for await (const chunk of chunks) {
    yield chunk;
    done += chunk.length;
    progress.update(done);
  }
}

/**
 * Returns the oldest glibc that TensorFlow's wheels and these addons run with: the highest version of a symbol
 * that one of them needs, all of which its string table has as "GLIBC_2.34".
 */
export function neededGlibc(addons: readonly string[]): string {
  const versions = addons.flatMap((path) =>
    [...readFileSync(path, "latin1").matchAll(/\0GLIBC_(\d+)\.(\d+)(?=[.\0])/g)].map(
      ([, major, minor]) => [Number(major), Number(minor)] as const,
    ),
  );
  return versions
    .reduce<readonly [number, number]>((best, other) => (isOlder(best, other) ? other : best), oldestGlibc)
    .join(".");
}
