import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** `gpu` is built with CUDA and also runs on the CPU. */
export type Variant = "cpu" | "gpu";

/** What stands in `library.json` at the top of an unpacked library; written last. Paths are relative to its folder. */
export interface LibraryManifest {
  readonly version: 1;
  readonly tensorflow: string;
  readonly variant: Variant;
  readonly wheels: readonly { readonly name: string; readonly version: string; readonly sha256: string }[];
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/** The library that `npm run setup` has linked into this checkout. */
export interface NativeLibrary extends LibraryManifest {
  /** Folder that holds `tensorflow/` and, for the GPU, `nvidia/`. */
  readonly folder: string;
  /** The compiled Node addon: what tfjs loads. */
  readonly binding: string;
}

export const manifestFile = "library.json";

/** Throws if the folder holds no library. */
export function readManifest(folder: string): LibraryManifest {
  return JSON.parse(readFileSync(join(folder, manifestFile), "utf8"));
}

/** The recorded files that are not there or have another size. */
export function damagedFiles(folder: string, { files }: LibraryManifest): string[] {
  return files
    .filter(({ path, bytes }) => statSync(join(folder, path), { throwIfNoEntry: false })?.size !== bytes)
    .map(({ path }) => path);
}
