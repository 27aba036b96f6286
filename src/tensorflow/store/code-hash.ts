import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

// A graph that was traced by other code must not be used. Sizes and dates do not tell: packages and images of containers set
// dates as they like. Reading all files of the study and of src/tensorflow takes two milliseconds.

/** Of compiled files and of sources, whichever run. */
const extension = extname(fileURLToPath(import.meta.url));

const known = new Map<string, string | undefined>();

/**
 * Returns a hash of all code in a folder. Returns undefined if a file has changed since this process started, which then
 * may run other code than is on disk, and if one cannot be read.
 */
export function codeHash(folder: string): string | undefined {
  // Hashed once: the code that runs does not change.
  if (!known.has(folder)) {
    known.set(folder, hashOf(folder, performance.timeOrigin));
  }
  return known.get(folder);
}

/** As `codeHash`, for files that have not changed since `loaded`, in milliseconds since 1970. */
export function hashOf(folder: string, loaded: number): string | undefined {
  const hash = createHash("sha256");
  try {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (extname(name) === extension) {
        const path = join(folder, name);
        const text = readFileSync(path);
        if (statSync(path).ctimeMs >= loaded) {
          return undefined;
        }
        hash.update(`${name}\n${text.length}\n`).update(text);
      }
    }
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}
