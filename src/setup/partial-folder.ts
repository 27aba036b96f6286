import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunning, thisProcess } from "../results/fs/process-identity.js";

// Whatever set-up puts into the cache is made in a folder partial-… of its own and renamed when it is
// complete, so that an interrupted set-up, or one that works at the same time, never leaves half a library
// under a library's name.

const prefix = "partial-";
const ownerFile = "owner.json";
const dayMilliseconds = 24 * 3600 * 1000;
const open = new Set<string>();

export interface PartialFolder {
  /** The folder to fill and to rename. */
  readonly path: string;
  /** Removes what has not been renamed. */
  readonly close: () => Promise<void>;
}

/**
 * Creates an empty folder in an existing one, such as the cache. A file beside it names this process, so that a
 * later set-up can recognize an abandoned one. Throws disk errors.
 */
export async function openPartialFolder(cache: string): Promise<PartialFolder> {
  const folder = join(cache, `${prefix}${randomBytes(8).toString("hex")}`);
  const path = join(folder, "content");
  open.add(folder);
  const close = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    open.delete(folder);
  };
  try {
    // Not recursive: in /proc that never returns.
    await mkdir(folder);
    await mkdir(path);
    await writeFile(join(folder, ownerFile), JSON.stringify(thisProcess()));
  } catch (error) {
    await close();
    throw error;
  }
  return { path, close };
}

/** Removes the partial folders of this process. Call it when set-up is interrupted. */
export async function removeOwnPartialFolders(): Promise<void> {
  await Promise.all([...open].map((folder) => rm(folder, { recursive: true, force: true })));
}

/**
 * Removes the partial folders that interrupted set-ups have left: of another host, as in a shared home, after
 * a day.
 */
export async function removeAbandonedFolders(cache: string): Promise<void> {
  const names = (await readdir(cache).catch(() => [])).filter((name) => name.startsWith(prefix));
  for (const folder of names.map((name) => join(cache, name))) {
    if (await isAbandoned(folder)) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const running = await isOwnerRunning(folder);
  if (running !== undefined) {
    return !running;
  }
  const { mtimeMs } = await stat(folder);
  return Date.now() - mtimeMs > dayMilliseconds;
}

/** Returns undefined if the owner is on another host, or not known yet. */
async function isOwnerRunning(folder: string): Promise<boolean | undefined> {
  try {
    return isRunning(JSON.parse(await readFile(join(folder, ownerFile), "utf8")));
  } catch {
    return undefined;
  }
}
