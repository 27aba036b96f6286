import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache-folder.js";
import { findNativeLibrary } from "./library.js";
import { thisProcessor } from "./processor.js";
import { removeBrokenCacheEntries } from "./xla-cache-entries.js";

// XLA takes two seconds to compile a program and a fifth of that to load one that it has compiled before.
// TensorFlow can store compiled programs in a folder, under a hash of what they compute. The hash leaves out
// the processor, so the folder's name has it.

/**
 * Free space below which nothing is stored, so that the runs' files have it. A program takes half a megabyte.
 */
const reservedBytes = 200e6;

/**
 * Makes XLA store its compiled programs in a folder of its own if that is writable. Call it before TensorFlow
 * loads.
 */
export function useXlaCache(env: NodeJS.ProcessEnv = process.env): void {
  const folder = folderIn(env);
  if (isUsable(folder)) {
    const flags = [
      env.TF_XLA_FLAGS ?? "",
      `--tf_xla_persistent_cache_directory=${folder}`,
      // GPU programs depend on card and driver, which the folder's name does not include.
      "--tf_xla_persistent_cache_device_types=CPU",
    ];
    env.TF_XLA_FLAGS = flags.join(" ").trim();
  }
}

/**
 * Deletes the stored programs. Call it after an error that a damaged program may have caused, which would
 * otherwise happen again in every later process. Never throws.
 */
export function clearXlaCache(env: NodeJS.ProcessEnv = process.env): void {
  try {
    rmSync(folderIn(env), { recursive: true, force: true });
  } catch {
    // Another process is writing to the folder.
  }
}

/** $SEGLOSS_XLA_CACHE or the cache folder, then a folder for this machine: on a cluster the first can be a disk of the node. */
function folderIn(env: NodeJS.ProcessEnv): string {
  const { SEGLOSS_XLA_CACHE: folder = "" } = env;
  return join(folder === "" ? cacheFolder(env) : folder, `xla-${machineKey()}`);
}

function isUsable(folder: string): boolean {
  // TensorFlow splits its flags at white space and has no quotes.
  if (/\s/.test(folder)) {
    return false;
  }
  try {
    createFolder(folder);
    accessSync(folder, constants.W_OK);
    removeBrokenCacheEntries(folder);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > reservedBytes;
  } catch {
    return false;
  }
}

/** The cache folder itself exists, because the library is in it. */
function createFolder(folder: string): void {
  if (!existsSync(folder)) {
    mkdirSync(folder);
  }
}

/** Returns a hash of the library and the processor: machine code made for one may not run on another. */
function machineKey(): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([findNativeLibrary() ?? null, thisProcessor()]));
  return hash.digest("hex").slice(0, 16);
}
