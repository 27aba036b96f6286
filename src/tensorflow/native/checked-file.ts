import { createHash, randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

// Files of a cache that begin with a checksum of the rest. Without a file, or with a damaged one, its contents are made again,
// so nothing here throws.

const checksumBytes = 32;

/** Reads the contents of a file. Returns undefined if there is none, or none that is whole. */
export function readCheckedFile(path: string): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    const contents = bytes.subarray(checksumBytes);
    return checksum(contents).equals(bytes.subarray(0, checksumBytes)) ? contents : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a file in place of whatever has its path. Does nothing if that fails. */
export function writeCheckedFile(path: string, contents: Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, Buffer.concat([checksum(contents), contents]), { flag: "wx" });
    // A file does not replace a folder.
    rmSync(path, { recursive: true, force: true });
    renameSync(temporary, path);
  } catch {
    removeQuietly(temporary);
  }
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder cannot be written.
  }
}
