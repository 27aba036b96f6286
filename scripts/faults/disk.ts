import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** A small file system that can be filled and made read-only. */
export interface Disk {
  readonly path: string;
  readonly resize: (bytes: number) => void;
  readonly setReadOnly: (isReadOnly: boolean) => void;
  /** Unmounts it. */
  readonly close: () => void;
}

/** Mounts a file system in memory at a path, or returns the reason why that is not possible. */
export function openDisk(path: string, bytes: number): Disk | { readonly reason: string } {
  if (process.platform !== "linux") {
    return { reason: "file systems are mounted only on Linux" };
  }
  mkdirSync(path, { recursive: true });
  try {
    mount("-t", "tmpfs", "-o", `size=${Math.ceil(bytes)}`, "tmpfs", path);
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    return { reason: `no file system can be mounted here: ${stderr}` };
  }
  mounted.add(path);
  return {
    path,
    resize: (size) => mount("-o", `remount,size=${Math.ceil(size)}`, path),
    setReadOnly: (isReadOnly) => mount("-o", `remount,${isReadOnly ? "ro" : "rw"}`, path),
    close: () => unmount(path),
  };
}

const mounted = new Set<string>();

/** Unmounts every disk that is still open, for a program that ends early. */
export function closeDisks(): void {
  mounted.forEach(unmount);
}

function unmount(path: string): void {
  execute("umount", "--lazy", path);
  mounted.delete(path);
}

function mount(...words: readonly string[]): void {
  execute("mount", ...words);
}

function execute(command: string, ...words: readonly string[]): void {
  execFileSync(command, words, { stdio: ["ignore", "ignore", "pipe"] });
}
