import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../tensorflow/cache.js";
import type { NativeLibrary } from "../tensorflow/native.js";
import { type Finding, note, ok } from "./finding.js";

/** The cache folder, its size, and the libraries in it that this checkout does not use. */
export function examineCache(library: NativeLibrary | undefined, folder: string = cacheFolder()): Finding {
  const libraries = sizesIn(folder);
  const total = libraries.reduce((sum, { bytes }) => sum + bytes, 0);
  const detail = `${folder}, ${(total / 1e9).toFixed(1)} GB`;
  const others = libraries.filter(({ path }) => path !== library?.folder);
  if (others.length === 0) {
    return ok("cache", detail);
  }
  const listed = others.map(({ path, bytes }) => `${path} (${(bytes / 1e9).toFixed(1)} GB)`).join(", ");
  return note("cache", `${detail}; not used by this checkout: ${listed}`, "delete what no checkout needs");
}

function sizesIn(folder: string): { readonly path: string; readonly bytes: number }[] {
  try {
    return readdirSync(folder).map((name) => ({
      path: join(folder, name),
      bytes: bytesUnder(join(folder, name)),
    }));
  } catch {
    return [];
  }
}

function bytesUnder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0);
}
