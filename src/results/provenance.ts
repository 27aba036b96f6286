import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCode, SeglossError } from "../errors.js";
import { packageRoot, tfjsFolder } from "../installation.js";

/** Identifies the program that makes the results. */
export interface Provenance {
  readonly segloss: string;
  /** Git commit of the program's own clone, or that its package was packed from; undefined if neither is known. */
  readonly commit: string | undefined;
  /** True if tracked files differ from that commit; undefined without one. */
  readonly dirty: boolean | undefined;
  readonly node: string;
  readonly tfjs: string;
}

/** Returns the version of segloss. */
export function programVersion(): string {
  return versionIn(join(packageRoot, "package.json"));
}

let known: Provenance | undefined;

/** Returns versions and commit of the program, as they were at the first call, which starts git. Loads no TensorFlow. */
export function provenance(): Provenance {
  known ??= {
    segloss: programVersion(),
    ...(packedCommit() ?? cloneCommit()),
    node: process.version,
    tfjs: tfjsVersion(),
  };
  return known;
}

/** Identifies the source code that makes a run. */
export type SourceCode = Pick<Provenance, "segloss" | "commit" | "dirty">;

/**
 * Returns warnings if runs are made by different source code, or by code with changes that are not committed and so may
 * differ from run to run. Undefined stands for a run of which the source code is not known.
 */
export function sourceWarnings(sources: readonly (SourceCode | undefined)[]): readonly string[] {
  const named = sources.flatMap((source) => source ?? []);
  const versions = named.map(({ segloss, commit }) =>
    commit === undefined ? `version ${segloss}` : `commit ${commit.slice(0, 7)}`,
  );
  const counts = [...new Set(versions)].map(
    (version) => `${versions.filter((other) => other === version).length} by ${version}`,
  );
  const dirty = named.filter((source) => source.dirty === true).length;
  return [
    ...(counts.length > 1 ? [`the runs are made by different source code: ${counts.join(", ")}`] : []),
    ...(dirty > 0
      ? [`${dirty} of ${sources.length} runs are made by source code with uncommitted changes`]
      : []),
  ];
}

/** Throws SeglossError if there are warnings about the source code, for `--strict`. */
export function refuseMixedSource(warnings: readonly string[]): void {
  if (warnings.length > 0) {
    throw new SeglossError(`--strict: ${warnings.join("; ")}`, { exitCode: exitCode.usage });
  }
}

/** Returns the commit that a published package was packed from; undefined in a clone. */
function packedCommit(): Pick<Provenance, "commit" | "dirty"> | undefined {
  try {
    const { commit, dirty } = JSON.parse(readFileSync(join(packageRoot, "dist/commit.json"), "utf8"));
    return { commit, dirty };
  } catch {
    return undefined;
  }
}

function cloneCommit(): Pick<Provenance, "commit" | "dirty"> {
  const commit = git("rev-parse", "HEAD");
  const changes = git("status", "--porcelain", "--untracked-files=no");
  return { commit: commit?.trim(), dirty: changes === undefined ? undefined : changes !== "" };
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
