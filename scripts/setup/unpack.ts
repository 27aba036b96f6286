import { fileURLToPath } from "node:url";
import { exitCode, SeglossError } from "../../src/errors.js";
import { formatBytes, openByteProgress } from "./byte-progress.js";
import { runSubprocess } from "./subprocess.js";
import { keptFiles, type Wheel } from "./wheels.js";

// A file of its own, though short, as the counterpart of download.ts.

const script = fileURLToPath(new URL("unpack.py", import.meta.url));

/**
 * Unpacks the kept files of a wheel into a folder. Throws a SeglossError if the disk fills up or the wheel is
 * damaged.
 */
export async function unpackWheel(
  file: string,
  wheel: Wheel,
  { python, folder }: { readonly python: string; readonly folder: string },
): Promise<void> {
  const progress = openByteProgress(`unpacking ${wheel.name} ${wheel.version}`, wheel.unpacked);
  const { code, stderr } = await runSubprocess(python, [script, file, folder, ...keptFiles], {
    onLine: (line) => progress.update(Number(line)),
  });
  progress.close();
  if (code !== 0) {
    const isFull = /Errno 28|No space left/.test(stderr);
    throw new SeglossError(
      isFull
        ? `The disk filled up while ${wheel.name} was unpacked. Free ${formatBytes(wheel.unpacked)}, or choose another disk with SEGLOSS_CACHE, then run "npm run setup" again.`
        : `${wheel.name} could not be unpacked: ${stderr.trim().split("\n").at(-1)}`,
      { exitCode: exitCode.runFailed },
    );
  }
}
