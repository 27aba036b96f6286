import { readFileSync, statfsSync } from "node:fs";
import { exitCode, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import { formatBytes } from "./byte-progress.js";

// What TensorFlow's wheels need of a machine that no command installs: its C library, processor and disk.

/** The oldest glibc that TensorFlow's wheels run with. */
export const oldestGlibc = [2, 27] as const;

/**
 * Throws a SeglossError if TensorFlow's wheels cannot run here, because of the C library or a processor
 * without AVX.
 */
export function checkMachine(): void {
  if (process.platform !== "linux") {
    return;
  }
  const glibc = glibcVersion();
  if (glibc === undefined) {
    throw new SeglossError(
      "This Linux has no glibc (Alpine?), and TensorFlow's wheels need it: use a Debian, Ubuntu, Fedora or other glibc system.",
      { exitCode: exitCode.runFailed },
    );
  }
  if (isOlder(glibc, oldestGlibc)) {
    throw new SeglossError(
      `glibc ${glibc.join(".")} is too old: TensorFlow's wheels need ${oldestGlibc.join(".")} or newer (Ubuntu 18.10, Debian 10, RHEL 8).`,
      { exitCode: exitCode.runFailed },
    );
  }
  if (process.arch === "x64" && !/^flags.*\bavx\b/m.test(readFileSync("/proc/cpuinfo", "utf8"))) {
    throw new SeglossError(
      "This processor (or virtual machine) has no AVX, and TensorFlow's wheels need it: use another machine.",
      { exitCode: exitCode.runFailed },
    );
  }
}

/** Throws a SeglossError if the disk of an existing folder has less than this many bytes free. */
export function checkSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes) {
    throw new SeglossError(
      `Not enough disk space: ${folder} has ${formatBytes(bavail * bsize)} free and set-up needs ${formatBytes(bytes)}. ` +
        `Free some, or choose another disk: "SEGLOSS_CACHE=/path/with/space ${setupCommandLine()}".`,
      { exitCode: exitCode.runFailed },
    );
  }
}

/** Returns the version of glibc; undefined if Node itself runs without it. */
export function glibcVersion(): readonly [major: number, minor: number] | undefined {
  const report = process.report?.getReport() as unknown as
    | { readonly header: { readonly glibcVersionRuntime?: string } }
    | undefined;
  const [major, minor] = (report?.header.glibcVersionRuntime ?? "").split(".").map(Number);
  return major === undefined || minor === undefined ? undefined : [major, minor];
}

/** Returns whether a version of two numbers comes before another. */
export function isOlder(
  [major, minor]: readonly [number, number],
  [leastMajor, leastMinor]: readonly [number, number],
): boolean {
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
