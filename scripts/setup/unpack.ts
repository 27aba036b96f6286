import { fileURLToPath } from "node:url";
import { exitCode, SeglossError } from "../../src/errors.js";
import { run } from "./command.js";
import { startProgress } from "./progress.js";
import { kept, type Wheel } from "./wheels.js";

const script = fileURLToPath(new URL("unpack.py", import.meta.url));

/** Unpacks what set-up keeps of a wheel file into a folder. Throws a SeglossError if the disk fills up or the file is damaged. */
export async function unpackWheel(
  file: string,
  wheel: Wheel,
  { python, folder }: { readonly python: string; readonly folder: string },
): Promise<void> {
  const progress = startProgress(`unpacking ${wheel.name} ${wheel.version}`, wheel.unpacked);
  const outcome = await run(python, [script, file, folder, ...kept], {
    onLine: (line) => progress.update(Number(line)),
  });
  progress.close();
  if (outcome.code !== 0) {
    const full = /Errno 28|No space left/.test(outcome.stderr);
    throw new SeglossError(
      full
        ? `The disk filled up while ${wheel.name} was unpacked. Free ${Math.round(wheel.unpacked / 1e6)} MB, or choose another disk with SEGLOSS_CACHE, then run "npm run setup" again.`
        : `${wheel.name} could not be unpacked: ${outcome.stderr.trim().split("\n").at(-1)}`,
      { exitCode: exitCode.runFailed },
    );
  }
}
