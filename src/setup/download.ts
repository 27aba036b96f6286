import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pinnedTensorFlow, wheelSetBytes } from "../tensorflow/index.js";
import { printLine } from "../terminal/messages.js";
import { compileAddons, copyAddons, findPrebuiltAddons } from "./addons.js";
import { formatBytes } from "./byte-progress.js";
import { installLibrary } from "./library.js";
import { checkSpace } from "./machine.js";
import { openPartialFolder } from "./partial-folder.js";
import type { SetupPlan } from "./plan.js";
import { type Downloader, findTools } from "./prerequisites.js";
import { unpackWheel } from "./unpack.js";

/**
 * Downloads the library and compiles the addons, as far as they are missing. Throws a SeglossError that lists
 * all missing tools before anything is downloaded.
 */
export async function downloadAndCompile(plan: SetupPlan): Promise<void> {
  const prebuilt = plan.hasAddons ? undefined : findPrebuiltAddons();
  const { download, compiler } = await findTools({
    download: !plan.hasLibrary,
    compiler: !plan.hasAddons && prebuilt === undefined,
  });
  if (download !== undefined) {
    await downloadLibrary(plan, download);
  }
  if (prebuilt !== undefined) {
    await copyAddons(prebuilt, plan.library);
  }
  if (compiler !== undefined) {
    printLine("  compiling tfjs's addon");
    await compileAddons(plan.library, compiler);
  }
}

/**
 * Downloads and unpacks one wheel after the other, and moves the library to its place when it is complete.
 */
async function downloadLibrary({ wheelSet, cache, library }: SetupPlan, download: Downloader): Promise<void> {
  const bytes = wheelSetBytes(wheelSet);
  printLine(
    `TensorFlow ${pinnedTensorFlow} (${wheelSet.variant}): ${formatBytes(bytes.download)} to download, ${formatBytes(bytes.unpacked)} on disk in ${cache}`,
  );
  // Each wheel is deleted as soon as it is unpacked, so that only the largest one needs space beside the
  // library.
  checkSpace(cache, bytes.unpacked + Math.max(...wheelSet.wheels.map((wheel) => wheel.bytes)));
  const partial = await openPartialFolder(cache);
  try {
    for (const wheel of wheelSet.wheels) {
      const file = await download(wheel, wheelSet, partial.path);
      await unpackWheel(file, wheel, partial.path);
      await rm(dirname(file), { recursive: true });
    }
    await installLibrary(partial.path, wheelSet, library);
  } finally {
    await partial.close();
  }
}
