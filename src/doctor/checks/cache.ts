import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, findXlaCache, type NativeLibrary } from "../../tensorflow/index.js";
import { type DoctorFinding, note, ok } from "../finding.js";

/** Reports the cache folder, its size, and the libraries in it that this installation does not use. */
export function checkCache(
  library: NativeLibrary | undefined,
  folder: string = cacheFolder(),
): DoctorFinding {
  const entries = sizesIn(folder);
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const detail = `${folder}, ${gigabytes(total)}`;
  // The other entries are compiled programs and traced graphs, which are small.
  const unused = entries.filter(
    ({ name, path }) => name.startsWith("tensorflow-") && path !== library?.folder,
  );
  if (unused.length === 0) {
    return ok("cache", detail);
  }
  const listed = unused.map(({ path, bytes }) => `${path} (${gigabytes(bytes)})`).join(", ");
  return note(
    "cache",
    `${detail}; not used by this installation: ${listed}`,
    "delete what no other installation needs",
  );
}

/** Reports where XLA's compiled programs are stored. */
export function checkCompiledPrograms(env: NodeJS.ProcessEnv = process.env): DoctorFinding {
  const folder = findXlaCache(env);
  return folder === undefined
    ? note(
        "programs",
        "XLA compiles anew in every process, because no cache folder can be written",
        "set SEGLOSS_XLA_CACHE to a folder that can be",
      )
    : ok("programs", `compiled programs are stored in ${folder}`);
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

function sizesIn(folder: string): Entry[] {
  try {
    // The only file of its own is the record of the last set-up.
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders.map(({ name }) => ({
      name,
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

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
