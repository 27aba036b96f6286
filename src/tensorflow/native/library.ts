import { existsSync } from "node:fs";
import { join } from "node:path";
import { addonFolderName, tfjsAddon } from "./addons.js";
import { type CacheFolders, cacheFolder, cacheFolders } from "./cache-folder.js";
import { type NativeLibrary, readManifest, type Variant } from "./manifest.js";
import { readSetupChoice } from "./setup-choice.js";
import { findWheelSet, libraryName } from "./wheels.js";

// The library is found by its name, which follows from the pinned wheels; nothing outside the cache points to
// it. So every installation finds the library that belongs to it, also one whose own folder cannot be
// written.

/**
 * Returns the folder of a library in the cache, whether it is there or not. Returns undefined if there is
 * none for this platform.
 */
export function libraryFolder(variant: Variant, cache: string = cacheFolder()): string | undefined {
  const wheelSet = findWheelSet(variant);
  return wheelSet && join(cache, libraryName(wheelSet));
}

/**
 * Returns the first usable library of the caches, the system's before the user's own. The user's last set-up
 * selects the variant; without one, each cache's own set-up does, and without any the GPU variant comes
 * first. Returns undefined if no cache has the library with its addons.
 */
export function findNativeLibrary(caches: CacheFolders = cacheFolders()): NativeLibrary | undefined {
  const chosen = readSetupChoice(caches.own)?.variant;
  for (const cache of [...caches.system, caches.own]) {
    const variant = chosen ?? readSetupChoice(cache)?.variant;
    for (const candidate of variant === undefined ? (["gpu", "cpu"] as const) : [variant]) {
      const found = readLibrary(candidate, cache);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return undefined;
}

function readLibrary(variant: Variant, cache: string): NativeLibrary | undefined {
  const folder = libraryFolder(variant, cache);
  if (folder === undefined) {
    return undefined;
  }
  try {
    const binding = join(folder, addonFolderName(), tfjsAddon);
    return existsSync(binding) ? { ...readManifest(folder), folder, binding } : undefined;
  } catch {
    return undefined;
  }
}
