import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";

/** A file system of its own, small enough to be filled. */
export interface Disk {
  readonly path: string;
  readonly resize: (bytes: number) => void;
  readonly setReadOnly: (isReadOnly: boolean) => void;
  readonly close: () => void;
}

/** Mounts a file system in memory at a path; gives the reason if that is not allowed here. */
export function openDisk(path: string, bytes: number): Disk | { readonly reason: string } {
  if (process.platform !== "linux") {
    return { reason: "file systems are mounted only on Linux" };
  }
  mkdirSync(path, { recursive: true });
  try {
    mount("-t", "tmpfs", "-o", `size=${Math.ceil(bytes)}`, "tmpfs", path);
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : String(error);
    return { reason: `no file system can be mounted here: ${said}` };
  }
  mounted.add(path);
  return {
    path,
    resize: (size) => mount("-o", `remount,size=${Math.ceil(size)}`, path),
    setReadOnly: (isReadOnly) => mount("-o", `remount,${isReadOnly ? "ro" : "rw"}`, path),
    close: () => close(path),
  };
}

const mounted = new Set<string>();

/** Takes every mounted file system away, for a program that ends before its time. */
export function closeDisks(): void {
  mounted.forEach(close);
}

function close(path: string): void {
  run("umount", "--lazy", path);
  mounted.delete(path);
}

function mount(...words: readonly string[]): void {
  run("mount", ...words);
}

function run(command: string, ...words: readonly string[]): void {
  execFileSync(command, words, { stdio: ["ignore", "ignore", "pipe"] });
}
