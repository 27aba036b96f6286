import { readdir, rename, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import {
  damagedFiles,
  type LibraryManifest,
  manifestFile,
  pinnedTensorFlow,
  readManifest,
  type WheelSet,
} from "../tensorflow/index.js";
import { openPartialFolder } from "./partial-folder.js";

/** Returns whether a folder holds a library with every file in its recorded size. */
export function isComplete(library: string): boolean {
  try {
    return damagedFiles(library, readManifest(library)).length === 0;
  } catch {
    return false;
  }
}

/**
 * Adds links and manifest to an unpacked library, which may have its addons already, and moves it to its
 * place by one rename. A complete library that is there already stays: another set-up was faster.
 *
 * @param architecture the only CUDA architecture that the library has machine code for, if others were left out
 */
export async function installLibrary(
  folder: string,
  wheelSet: WheelSet,
  target: string,
  architecture?: string,
): Promise<void> {
  for (const [link, to] of wheelSet.links) {
    await symlink(to, join(folder, link));
  }
  const { variant, wheels } = wheelSet;
  const manifest: LibraryManifest = {
    version: 1,
    tensorflow: pinnedTensorFlow,
    variant,
    wheels: wheels.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    files: (await listFiles(folder)).filter(({ path }) => !path.startsWith("binding-")),
    architecture,
  };
  await writeFile(join(folder, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`, { flush: true });
  await moveIntoPlace(folder, target);
}

/** Renames a folder. Replaces what is at the target unless it is a complete library. */
async function moveIntoPlace(folder: string, target: string): Promise<void> {
  try {
    await rename(folder, target);
  } catch (error) {
    if (isComplete(target)) {
      return;
    }
    if (!isOccupied(error)) {
      throw error;
    }
    const damaged = await openPartialFolder(dirname(target));
    try {
      await rename(target, join(damaged.path, "damaged"));
      await rename(folder, target);
    } finally {
      await damaged.close();
    }
  }
}

function isOccupied(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST");
}

async function listFiles(folder: string): Promise<{ path: string; bytes: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const files = paths.map(async (path) => ({ path: relative(folder, path), bytes: (await stat(path)).size }));
  return (await Promise.all(files)).sort((a, b) => (a.path < b.path ? -1 : 1));
}
