import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join, relative } from "node:path";
import {
  damagedFiles,
  type LibraryManifest,
  manifestFile,
  readManifest,
} from "../../src/tensorflow/native/manifest.js";
import { kept, type Provision, tensorflowVersion } from "./wheels.js";

const partial = "partial-";
const dayMilliseconds = 24 * 3600 * 1000;
const mine = new Set<string>();

/** The library's folder name in the cache: another pin, or another choice of files, is another folder. */
export function libraryName({ platform, variant, wheels, links }: Provision): string {
  const content = JSON.stringify([
    wheels.map(({ name, version, sha256 }) => [name, version, sha256]),
    kept,
    links,
  ]);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return `tensorflow-${tensorflowVersion}-${platform}-${variant}-${hash}`;
}

/** Whether a folder holds a whole library: its record, and every file in the size that the record says. */
export function isWhole(folder: string): boolean {
  try {
    return damagedFiles(folder, readManifest(folder)).length === 0;
  } catch {
    return false;
  }
}

/** Makes an empty folder in the cache to build a library in; its name says who does, so that a later set-up can tell an abandoned one. */
export async function beginPartial(cache: string): Promise<string> {
  const folder = join(cache, `${partial}${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`);
  mine.add(folder);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes what this process has begun, when it is told to stop. */
export async function removeOwnPartials(): Promise<void> {
  await Promise.all([...mine].map((folder) => rm(folder, { recursive: true, force: true })));
}

/** Removes what interrupted set-ups left: of this host if their process is gone, of others (a shared home) after a day. */
export async function removeAbandoned(cache: string): Promise<void> {
  const names = (await readdir(cache).catch(() => [])).filter((name) => name.startsWith(partial));
  for (const name of names) {
    const folder = join(cache, name);
    if (await isAbandoned(name, folder)) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Adds the links and the record to an unpacked library and moves it to its place in one step; if another set-up was faster, its library stays. */
export async function publish(folder: string, provision: Provision, place: string): Promise<void> {
  for (const [where, to] of provision.links) {
    await symlink(to, join(folder, where));
  }
  const files = await filesOf(folder);
  const { variant, wheels } = provision;
  const record: LibraryManifest = {
    version: 1,
    tensorflow: tensorflowVersion,
    variant,
    wheels: wheels.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    files,
  };
  await writeFile(join(folder, manifestFile), `${JSON.stringify(record, undefined, 2)}\n`, { flush: true });
  await moveInto(folder, place);
}

/** Renames a folder to its place. What stands there is replaced if it is not whole, and else stays. */
async function moveInto(folder: string, place: string): Promise<void> {
  try {
    await rename(folder, place);
  } catch (error) {
    if (isWhole(place)) {
      await rm(folder, { recursive: true, force: true });
      return;
    }
    if (
      !(error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST"))
    ) {
      throw error;
    }
    const damaged = join(dirname(place), `${partial}${hostname()}-${process.pid}-damaged`);
    await rename(place, damaged);
    await rename(folder, place);
    await rm(damaged, { recursive: true, force: true });
  }
}

/** Points `link` at `target` in one step, whatever stood there. */
export async function replaceLink(target: string, link: string): Promise<void> {
  await mkdir(dirname(link), { recursive: true });
  const fresh = `${link}.${process.pid}`;
  await unlink(fresh).catch(() => undefined);
  await symlink(target, fresh);
  await rename(fresh, link);
}

async function filesOf(folder: string): Promise<{ path: string; bytes: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const files = paths.map(async (path) => ({ path: relative(folder, path), bytes: (await stat(path)).size }));
  return (await Promise.all(files)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function isAbandoned(name: string, folder: string): Promise<boolean> {
  const ofThisHost = name.startsWith(`${partial}${hostname()}-`);
  const pid = Number(name.slice(partial.length + hostname().length + 1).split("-")[0]);
  if (ofThisHost && Number.isInteger(pid)) {
    return !isRunning(pid);
  }
  const { mtimeMs } = await stat(folder);
  return Date.now() - mtimeMs > dayMilliseconds;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  return !isZombie(pid);
}

/** A process that has ended but that nobody has waited for, as in containers without an init. */
function isZombie(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
