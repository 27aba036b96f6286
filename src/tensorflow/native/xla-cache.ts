import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, lstatSync, mkdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

/** A folder for compiled programs, not yet known to be usable. */
interface CandidateFolder {
  readonly path: string;
  /** True if the folder above can be written by other users, who must not be able to leave machine code here. */
  readonly isShared: boolean;
}

const folderFlag = "--tf_xla_persistent_cache_directory";

/**
 * Makes XLA store its compiled programs in the first folder that can be written. Call it before TensorFlow
 * loads. A second call changes nothing, nor does one where the user's own flags name a folder.
 *
 * @returns the folder, in which what was compiled or traced otherwise may be stored too; undefined if it is the user's
 */
export function useXlaCache(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.TF_XLA_FLAGS?.includes(folderFlag)) {
    const named = xlaCacheInUse(env);
    return candidateFolders(env).find(({ path }) => path === named)?.path;
  }
  const folder = findXlaCache(env);
  if (folder !== undefined) {
    const flags = [
      env.TF_XLA_FLAGS ?? "",
      `${folderFlag}=${folder}`,
      // GPU programs depend on card and driver, which the folder's name does not include.
      "--tf_xla_persistent_cache_device_types=CPU",
    ];
    env.TF_XLA_FLAGS = flags.join(" ").trim();
  }
  return folder;
}

/** Returns the folder in which TensorFlow, once loaded, stores compiled programs; undefined if in none. */
export function xlaCacheInUse(
  { TF_XLA_FLAGS: flags = "" }: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const flag = flags.split(/\s+/).find((word) => word.startsWith(`${folderFlag}=`));
  // An empty name means none.
  return flag?.slice(folderFlag.length + 1) || undefined;
}

/** Returns the folder for compiled programs, and creates it. Returns undefined if there can be none. */
export function findXlaCache(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return candidateFolders(env).find(isUsable)?.path;
}

/**
 * Deletes the stored programs, and what lies beside them. Call it after an error that a damaged program may have caused, which would
 * otherwise happen again in every later process. Never throws.
 */
export function clearXlaCache(env: NodeJS.ProcessEnv = process.env): void {
  for (const { path } of candidateFolders(env)) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Another process is writing to the folder, or it may not be written.
    }
  }
}

/**
 * Lists where programs can be stored: in $SEGLOSS_XLA_CACHE, which on a cluster can name a disk of the node,
 * and nowhere else; without it in the user's cache, else, where that is an administrator's or the home cannot
 * be written, in the home's cache or a private folder for temporary files. Each has a folder for this machine.
 */
function candidateFolders(env: NodeJS.ProcessEnv): readonly CandidateFolder[] {
  const { SEGLOSS_XLA_CACHE: named = "" } = env;
  const name = `xla-${machineKey()}`;
  if (named !== "") {
    return [{ path: join(named, name), isShared: false }];
  }
  const homes = [...new Set([cacheFolder(env), cacheFolder({ ...env, SEGLOSS_CACHE: "" })])];
  const temporary = join(env.TMPDIR ?? tmpdir(), `segloss-${process.getuid?.() ?? "user"}`, name);
  return [
    ...homes.map((home) => ({ path: join(home, name), isShared: false })),
    { path: temporary, isShared: true },
  ];
}

function isUsable({ path, isShared }: CandidateFolder): boolean {
  // TensorFlow splits its flags at white space and has no quotes.
  if (/\s/.test(path)) {
    return false;
  }
  try {
    createFolders(path, isShared ? 0o700 : 0o777);
    accessSync(path, constants.W_OK);
    if (isShared && !isPrivate(dirname(path))) {
      return false;
    }
    removeBrokenCacheEntries(path);
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize > reservedBytes;
  } catch {
    return false;
  }
}

/** Not by Node's own recursive mkdir, which never returns for a folder where none can be created, as in /proc. */
function createFolders(folder: string, mode: number): void {
  if (!existsSync(folder)) {
    createFolders(dirname(folder), mode);
    mkdirSync(folder, { mode });
  }
}

/** Returns whether a folder is this user's and no one else can write to it. */
function isPrivate(folder: string): boolean {
  const stats = lstatSync(folder);
  return stats.isDirectory() && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
}

/** Returns a hash of the library and the processor: machine code made for one may not run on another. */
function machineKey(): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([findNativeLibrary() ?? null, thisProcessor()]));
  return hash.digest("hex").slice(0, 16);
}
