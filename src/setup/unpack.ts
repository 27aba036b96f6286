import { chmod, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { exitCode, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import { keptFiles, type Wheel } from "../tensorflow/index.js";
import { formatBytes, openByteProgress } from "./byte-progress.js";

/**
 * Unpacks the kept files of a wheel into a folder. Throws a SeglossError if the disk fills up or the wheel is
 * damaged.
 */
export async function unpackWheel(file: string, wheel: Wheel, folder: string): Promise<void> {
  const progress = openByteProgress(`unpacking ${wheel.name} ${wheel.version}`, wheel.unpacked);
  const pattern = new RegExp(keptFiles.join("|"));
  let written = 0;
  try {
    const zip = await openPromise(file);
    for await (const entry of zip.eachEntry()) {
      if (pattern.test(entry.fileName)) {
        await unpackEntry(zip, entry, join(folder, entry.fileName), (bytes) => {
          written += bytes;
          progress.update(written);
        });
      }
    }
  } catch (error) {
    throw new SeglossError(explainFailure(wheel, error), { exitCode: exitCode.runFailed, cause: error });
  } finally {
    progress.close();
  }
}

async function unpackEntry(
  zip: ZipFile,
  entry: Entry,
  path: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, "w");
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      await file.writeFile(chunk);
      onBytes(chunk.length);
    }
    // The folder is renamed afterwards, and by then its bytes must be on the disk.
    await file.sync();
  } finally {
    await file.close();
  }
  if (entry.fileName.includes("/bin/")) {
    await chmod(path, 0o755);
  }
}

function explainFailure({ name, unpacked }: Wheel, error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
    return `The disk filled up while ${name} was unpacked. Free ${formatBytes(unpacked)}, or choose another disk with SEGLOSS_CACHE, then run "${setupCommandLine()}" again.`;
  }
  return `${name} could not be unpacked: ${error instanceof Error ? error.message : error}`;
}
