import { join } from "node:path";
import { toFileError } from "../../results/fs/errors.js";
import {
  addonFolderName,
  type NativeLibrary,
  oldestDriver,
  readManifest,
  type SetupDevice,
  tfjsAddon,
} from "../../tensorflow/index.js";
import { printLine } from "../../terminal/messages.js";
import { formatBytes } from "../byte-progress.js";
import { planSetup, type SetupPlan } from "../plan.js";
import { cleanUpOnSignals, provide, withCacheErrors } from "../setup.js";
import type { PackManifest } from "./manifest.js";
import { type WrittenPack, writePack } from "./write.js";

export interface PackOptions {
  /** The pack to write. */
  readonly file: string;
  /** undefined: as in the last set-up with the same cache. */
  readonly device?: SetupDevice | undefined;
  /** The CUDA architecture to leave the machine code of all others out for, such as "sm_90". */
  readonly trim?: string | undefined;
}

/**
 * Writes a pack from which machines without a network can be set up, and prints what they need. First
 * installs what the cache lacks, but leaves the choice of the variant as it was.
 *
 * @throws SeglossError that names what is missing and the command that helps
 */
export async function makePack({ file, device, trim }: PackOptions): Promise<void> {
  cleanUpOnSignals();
  const plan = await planSetup(device);
  await withCacheErrors(() => provide(plan));
  const { manifest, bytes, sha256 } = await write(plan, file, trim);
  printLine(`${file}: ${formatBytes(bytes)}, sha256 ${sha256}`);
  printLine(`It needs ${needs(manifest)}.`);
  printLine(`There, with the same segloss: segloss setup --from ${file}`);
}

async function write(plan: SetupPlan, file: string, trim: string | undefined): Promise<WrittenPack> {
  const library: NativeLibrary = {
    ...readManifest(plan.library),
    folder: plan.library,
    binding: join(plan.library, addonFolderName(), tfjsAddon),
  };
  try {
    return await writePack(library, plan.wheelSet, file, trim);
  } catch (error) {
    throw toFileError(error, file);
  }
}

/** Lists what a machine must have of its own to be set up from a pack. */
function needs({ platform, variant, glibc, architecture }: PackManifest): string {
  const parts = [
    platform,
    ...(glibc === undefined ? [] : [`glibc ${glibc} or newer`]),
    "Node 20 or newer",
    ...(variant === "gpu"
      ? [
          `for a GPU${architecture === undefined ? "" : ` (${architecture})`} NVIDIA's driver ${oldestDriver}.60 or newer`,
        ]
      : []),
  ];
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
