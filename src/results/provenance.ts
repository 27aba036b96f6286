import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot, tfjsFolder } from "../installation.js";

/** Identifies the program that makes the results. */
export interface Provenance {
  readonly segloss: string;
  /** Git commit of the program's own clone; undefined outside a clone. */
  readonly commit: string | undefined;
  /** True if tracked files differ from that commit; undefined outside a clone. */
  readonly dirty: boolean | undefined;
  readonly node: string;
  readonly tfjs: string;
}

/** Returns the version of segloss. */
export function programVersion(): string {
  return versionIn(join(packageRoot, "package.json"));
}

/** Returns versions and commit of the program. Starts git, so call it once. Loads no TensorFlow. */
export function provenance(): Provenance {
  const commit = git("rev-parse", "HEAD");
  const changes = git("status", "--porcelain", "--untracked-files=no");
  return {
    segloss: programVersion(),
    commit: commit?.trim(),
    dirty: changes === undefined ? undefined : changes !== "",
    node: process.version,
    tfjs: tfjsVersion(),
  };
}

/** Returns the output of a git command; undefined outside a clone, and where git is missing or fails. */
function git(...words: readonly string[]): string | undefined {
  if (!existsSync(join(packageRoot, ".git"))) {
    return undefined;
  }
  try {
    return execFileSync("git", ["-C", packageRoot, ...words], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}

function tfjsVersion(): string {
  try {
    return versionIn(join(tfjsFolder(), "package.json"));
  } catch {
    return "not installed";
  }
}

function versionIn(file: string): string {
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string };
  return version;
}
