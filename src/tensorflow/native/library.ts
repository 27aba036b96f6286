import { existsSync } from "node:fs";
import { join } from "node:path";
import { addonFolderName, tfjsAddon } from "./addons.js";
import { cacheFolder } from "./cache-folder.js";
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
 * Returns the library of the variant that the last set-up has installed. Without a record of one, returns the
 * GPU variant if it is there, else the CPU variant. Returns undefined if the library or its addons are not
 * there.
 */
export function findNativeLibrary(cache: string = cacheFolder()): NativeLibrary | undefined {
  const chosen = readSetupChoice(cache)?.variant;
  for (const variant of chosen === undefined ? (["gpu", "cpu"] as const) : [chosen]) {
    const found = readLibrary(variant, cache);
    if (found !== undefined) {
      return found;
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
