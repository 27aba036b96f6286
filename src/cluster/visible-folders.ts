import { realpathSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, resolve, sep } from "node:path";
import { escapeControls } from "../config/problems.js";
import { exitCode, SeglossError } from "../errors.js";
import { packageRoot } from "../installation.js";
import { findNativeLibrary } from "../tensorflow/index.js";

// Every machine of a sweep must see its folder and segloss. Whether it does cannot be found out from here, but some folders are
// never on a shared file system.

/** Folders that are local to a machine by convention (https://refspecs.linuxfoundation.org/FHS_3.0). */
const localFolders: readonly string[] = ["/tmp", "/var/tmp", "/dev", "/run", "/var/run"];

/** File systems in the memory of a machine: tmpfs and ramfs, as statfs numbers them (linux/magic.h). */
const memoryTypes: readonly number[] = [0x01021994, 0x858458f6];

/** Throws SeglossError if other machines cannot see a folder. @param what the folder in words @param advice what to do */
export function refuseLocalFolder(what: string, path: string, advice: string): void {
  const reason = findLocalReason(path);
  if (reason !== undefined) {
    throw new SeglossError(
      `${escapeControls(path)}: other machines cannot see ${what}: ${reason}; ${advice}, or accept it with --allow-local`,
      { exitCode: exitCode.usage },
    );
  }
}

/** Returns the folders of this installation that a machine needs. */
export function installationFolders(): readonly { readonly what: string; readonly path: string }[] {
  const library = findNativeLibrary();
  return [
    { what: "segloss", path: packageRoot },
    ...(library === undefined ? [] : [{ what: "TensorFlow's library", path: library.folder }]),
  ];
}

/** Returns why other machines cannot see a folder, which need not exist; undefined if they may. */
export function findLocalReason(folder: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = realPath(folder);
  const temporary = [tmpdir(), env.SLURM_TMPDIR ?? "", ...localFolders].filter((name) => name !== "");
  const local = temporary.find((name) => isWithin(path, realPath(name)));
  if (local !== undefined) {
    return `it is in ${local}, which every machine has for itself`;
  }
  return memoryTypes.includes(statfsSync(existing(path)).type)
    ? "it is in the memory of this machine"
    : undefined;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** Returns a path without links, as far as it exists. */
function realPath(path: string): string {
  const whole = resolve(path);
  const there = existing(whole);
  return realpathSync(there) + whole.slice(there === sep ? 0 : there.length);
}

/** Returns the part of an absolute path that exists. */
function existing(path: string): string {
  let there = path;
  while (there !== dirname(there)) {
    try {
      realpathSync(there);
      return there;
    } catch {
      there = dirname(there);
    }
  }
  return there;
}
