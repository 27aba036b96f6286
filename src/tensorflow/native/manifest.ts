import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A build of TensorFlow. `gpu` is built with CUDA and also runs on the CPU. */
export type Variant = "cpu" | "gpu";

/**
 * The content of `library.json`, which is written last into an unpacked library. Paths are relative to its
 * folder.
 */
export interface LibraryManifest {
  readonly version: 1;
  readonly tensorflow: string;
  readonly variant: Variant;
  readonly wheels: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** The only CUDA architecture that the library has machine code for: "sm_90". undefined if none was left out. */
  readonly architecture?: string | undefined;
}

/** The unpacked library that this installation uses. */
export interface NativeLibrary extends LibraryManifest {
  /** The folder with `tensorflow/` and, for the GPU, `nvidia/`. */
  readonly folder: string;
  /** The compiled Node addon that tfjs loads. */
  readonly binding: string;
}

export const manifestFile = "library.json";

/** Reads `library.json`. Throws if the folder has none. */
export function readManifest(folder: string): LibraryManifest {
  return JSON.parse(readFileSync(join(folder, manifestFile), "utf8"));
}

/** Lists the recorded files that are missing or have another size. */
export function damagedFiles(folder: string, { files }: LibraryManifest): string[] {
  return files
    .filter(({ path, bytes }) => statSync(join(folder, path), { throwIfNoEntry: false })?.size !== bytes)
    .map(({ path }) => path);
}
