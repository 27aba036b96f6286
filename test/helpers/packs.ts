import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { packTar, type TarEntry } from "modern-tar";
import { installLibrary } from "../../src/setup/library.js";
import { type PackManifest, packManifestName, sha256OfFiles } from "../../src/setup/pack/manifest.js";
import { openPartialFolder } from "../../src/setup/partial-folder.js";
import { addonFolderName, addonNames } from "../../src/tensorflow/native/addons.js";
import { type NativeLibrary, readManifest } from "../../src/tensorflow/native/manifest.js";
import { findWheelSet, libraryName, type WheelSet } from "../../src/tensorflow/native/wheels.js";

/** Returns the wheels of this platform's CPU variant. */
export function cpuWheels(): WheelSet {
  const wheelSet = findWheelSet("cpu");
  if (wheelSet === undefined) {
    throw new Error(`there is no TensorFlow for ${process.platform}-${process.arch}`);
  }
  return wheelSet;
}

/** Installs a library of the CPU variant with these files in a cache, and addons that nothing can load. */
export async function createSmallLibrary(
  cache: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<NativeLibrary> {
  const folder = join(cache, libraryName(cpuWheels()));
  mkdirSync(cache, { recursive: true });
  const partial = await openPartialFolder(cache);
  const addons = Object.fromEntries(addonNames.map((name) => [`${addonFolderName()}/${name}`, name]));
  for (const [path, content] of Object.entries({ ...files, ...addons })) {
    mkdirSync(dirname(join(partial.path, path)), { recursive: true });
    writeFileSync(join(partial.path, path), content);
  }
  await installLibrary(partial.path, cpuWheels(), folder);
  await partial.close();
  return { ...readManifest(folder), folder, binding: join(folder, addonFolderName(), addonNames[0] ?? "") };
}

/** Returns the manifest of a pack of these files, which fits this installation except for `changes`. */
export function createPackManifest(
  files: PackManifest["files"],
  changes: Partial<PackManifest> = {},
): PackManifest {
  const wheelSet = cpuWheels();
  return {
    format: 1,
    segloss: "0.0.1",
    platform: wheelSet.platform,
    variant: "cpu",
    library: libraryName(wheelSet),
    addons: addonFolderName(),
    files,
    sha256: sha256OfFiles(files),
    ...changes,
  };
}

/** Writes a pack by hand, whatever its entries are. */
export async function writePackByHand(
  path: string,
  manifest: object,
  entries: readonly TarEntry[] = [],
): Promise<void> {
  const text = JSON.stringify(manifest);
  const first = { header: { name: packManifestName, size: text.length }, body: text };
  writeFileSync(path, brotliCompressSync(await packTar([first, ...entries])));
}
