import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { findNativeLibrary } from "./binding.js";
import { cacheFolder } from "./cache-folder.js";
import { removeBrokenCacheEntries } from "./xla-cache-entries.js";

// XLA takes two seconds to compile a program, and needs a fifth of that to load one that it has compiled before. TensorFlow
// can keep compiled programs in a folder, found again by what they compute. It does not look at the processor, so ours does.

/** Room that must be left, so that no run fails for want of it: a program takes half a megabyte. */
const neededBytes = 200e6;

/** Has XLA keep its compiled programs in the cache folder, if that can be written; to be called before TensorFlow loads. */
export function useXlaCache(env: NodeJS.ProcessEnv = process.env): void {
  const folder = folderIn(env);
  if (isUsable(folder)) {
    const flags = [
      env.TF_XLA_FLAGS ?? "",
      `--tf_xla_persistent_cache_directory=${folder}`,
      // What is compiled for a GPU is bound to card and driver, of which the folder's name knows nothing.
      "--tf_xla_persistent_cache_device_types=CPU",
    ];
    env.TF_XLA_FLAGS = flags.join(" ").trim();
  }
}

/**
 * Throws kept programs away, to be called when something went wrong that they may be to blame for: a damaged one would
 * otherwise fail whoever comes next, too. Never throws.
 */
export function clearXlaCache(env: NodeJS.ProcessEnv = process.env): void {
  try {
    rmSync(folderIn(env), { recursive: true, force: true });
  } catch {
    // Another program is putting one there.
  }
}

function folderIn(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), `xla-${machineKey()}`);
}

function isUsable(folder: string): boolean {
  // TensorFlow splits its flags at white space.
  if (/\s/.test(folder)) {
    return false;
  }
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    removeBrokenCacheEntries(folder);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > neededBytes;
  } catch {
    return false;
  }
}

/** Library and processor: machine code of one is not for another. */
function machineKey(): string {
  const hash = createHash("sha256");
  hash.update(
    JSON.stringify([findNativeLibrary() ?? null, cpus()[0]?.model, process.arch, processorFlags()]),
  );
  return hash.digest("hex").slice(0, 16);
}

function processorFlags(): string {
  try {
    return /^(?:flags|Features)\s*:.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0] ?? "";
  } catch {
    // No /proc: the model's name has to do.
    return "";
  }
}
