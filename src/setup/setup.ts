import { exitCode, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import { createFolders } from "../results/fs/durable.js";
import { isFileError, toFileError } from "../results/fs/errors.js";
import {
  cacheFolder,
  loadTfjs,
  pinnedTensorFlow,
  readManifest,
  runsMachineCode,
  type SetupDevice,
  wheelSetBytes,
  writeSetupChoice,
} from "../tensorflow/index.js";
import { printLine } from "../terminal/messages.js";
import { signalExitCode, watchSignals } from "../terminal/signals.js";
import { formatBytes } from "./byte-progress.js";
import { downloadAndCompile } from "./download.js";
import { installPack, type Pack, readPack } from "./pack/install.js";
import { removeAbandonedFolders, removeOwnPartialFolders } from "./partial-folder.js";
import { planSetup, printDriver, type SetupPlan } from "./plan.js";
import { stopSubprocesses } from "./subprocess.js";

export interface SetupOptions {
  /** undefined: as in the pack, else as in the last set-up with the same cache. */
  readonly device?: SetupDevice | undefined;
  /** A pack to install from, instead of the network. */
  readonly from?: string | undefined;
}

/**
 * Installs TensorFlow's native library and the addons through which tfjs calls it, as far as they are in no
 * cache yet, and tries them out. Writes to the user's cache folder only.
 *
 * @throws SeglossError that names what is missing and the command that helps
 */
export async function setUp({ device, from }: SetupOptions): Promise<void> {
  cleanUpOnSignals();
  const pack = from === undefined ? undefined : await readMatchingPack(from, device);
  const plan = await planSetup(pack?.manifest.variant ?? device);
  printDriver(plan);
  if (!isReady(plan) || !plan.isRecorded) {
    await withCacheErrors(async () => {
      await provide(plan, pack);
      writeSetupChoice(cacheFolder(), { device: plan.device, variant: plan.variant });
    });
  }
  await testLibrary(plan);
  printUnusableGpus(plan);
}

/**
 * Prints whether set-up is complete, and installs nothing. Returns the exit code: 3 if something is missing.
 */
export async function checkSetup({ device }: SetupOptions): Promise<number> {
  const plan = await planSetup(device);
  printDriver(plan);
  const { download } = wheelSetBytes(plan.wheelSet);
  const home = plan.isSystemCache ? " (system cache)" : "";
  printLine(`variant: ${plan.variant}`);
  printLine(
    `library: ${plan.hasLibrary ? plan.library + home : `missing, ${formatBytes(download)} to download`}`,
  );
  printLine(`addons: ${plan.hasAddons ? "compiled" : "missing"}`);
  printLine(isReady(plan) ? "Set-up is complete." : `To complete it: ${setupCommandLine()}`);
  return isReady(plan) ? exitCode.ok : exitCode.noTensorFlow;
}

/**
 * Installs what a plan lacks, from a pack or from the network. Creates the user's cache folder. Throws disk
 * errors, and SeglossErrors that say what to do.
 */
export async function provide(plan: SetupPlan, pack?: Pack): Promise<void> {
  createCacheFolder(cacheFolder());
  await removeAbandonedFolders(cacheFolder());
  if (isReady(plan)) {
    return;
  }
  await (pack === undefined ? downloadAndCompile(plan) : installPack(pack, plan.library));
}

/** Runs what writes to the cache. Throws disk errors as SeglossErrors that name another cache as the way out. */
export async function withCacheErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw isFileError(error) ? cacheError(toFileError(error, error.path ?? cacheFolder())) : error;
  }
}

function createCacheFolder(cache: string): void {
  try {
    createFolders(cache);
  } catch (error) {
    throw cacheError(toFileError(error, cache));
  }
}

function cacheError(error: unknown): SeglossError {
  const message = error instanceof Error ? error.message : String(error);
  return new SeglossError(
    `${message}. To use another cache folder: "SEGLOSS_CACHE=/some/folder ${setupCommandLine()}".`,
    { exitCode: exitCode.runFailed, cause: error },
  );
}

/** Removes what is unfinished when a signal stops set-up. */
export function cleanUpOnSignals(): void {
  const interruption = watchSignals();
  interruption.handle({
    stop: async () => {
      await stopSubprocesses();
      await removeOwnPartialFolders();
      process.exit(signalExitCode(interruption.signal() ?? "SIGINT"));
    },
    kill: () => {},
  });
}

function isReady(plan: SetupPlan): boolean {
  return plan.hasLibrary && plan.hasAddons;
}

async function readMatchingPack(file: string, device: SetupDevice | undefined): Promise<Pack> {
  const pack = await readPack(file);
  const { variant } = pack.manifest;
  if (device !== undefined && device !== "auto" && device !== variant) {
    throw new SeglossError(`--device ${device}: ${file} contains the ${variant.toUpperCase()} variant.`, {
      exitCode: exitCode.usage,
    });
  }
  return pack;
}

async function testLibrary({ variant, cache, isSystemCache }: SetupPlan): Promise<void> {
  const tf = await loadTfjs();
  const sum = tf.tensor1d([1, 2, 3]).sum().dataSync()[0];
  if (sum !== 6) {
    throw new SeglossError(`TensorFlow loads but computes 1 + 2 + 3 = ${sum}.`, {
      exitCode: exitCode.runFailed,
    });
  }
  const home = isSystemCache ? `, in the system cache ${cache}` : "";
  printLine(`TensorFlow ${pinnedTensorFlow} (${variant}): set up${home}`);
}

/** Reports the cards that a trimmed library has no machine code for. */
function printUnusableGpus({ library, driver }: SetupPlan): void {
  const { architecture } = readManifest(library);
  for (const gpu of driver.state === "usable" ? driver.gpus : []) {
    if (architecture !== undefined && !runsMachineCode(gpu, architecture)) {
      printLine(
        `GPU ${gpu.index} (${gpu.name}) cannot be used: the library was trimmed to ${architecture}, and this card has compute capability ${gpu.computeCapability}.`,
      );
    }
  }
}
