import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exitCode, SeglossError } from "../errors.js";
import { setupCommandLine } from "../installation.js";
import { createFolders } from "../results/fs/durable.js";
import { isFileError, toFileError } from "../results/fs/errors.js";
import {
  cacheFolder,
  findWheelSet,
  libraryName,
  loadTfjs,
  type NvidiaDriver,
  pinnedTensorFlow,
  readNvidiaDriver,
  readSetupChoice,
  type SetupDevice,
  type Variant,
  type WheelSet,
  wheelSetBytes,
  wheelSets,
  writeSetupChoice,
} from "../tensorflow/index.js";
import { printLine } from "../terminal/messages.js";
import { signalExitCode, watchSignals } from "../terminal/signals.js";
import { compileAddons, copyAddons, findPrebuiltAddons, hasAddons } from "./addons.js";
import { formatBytes } from "./byte-progress.js";
import { installLibrary, isComplete } from "./library.js";
import { openPartialFolder, removeAbandonedFolders, removeOwnPartialFolders } from "./partial-folder.js";
import { checkMachine, checkSpace, type Downloader, findTools } from "./prerequisites.js";
import { stopSubprocesses } from "./subprocess.js";
import { unpackWheel } from "./unpack.js";

export interface SetupOptions {
  /** undefined: as in the last set-up with the same cache. */
  readonly device: SetupDevice | undefined;
}

/** What is to be installed, and how much of it is there. */
interface SetupPlan {
  readonly device: SetupDevice;
  readonly variant: Variant;
  readonly wheelSet: WheelSet;
  readonly cache: string;
  readonly library: string;
  readonly hasLibrary: boolean;
  readonly hasAddons: boolean;
}

/**
 * Installs TensorFlow's native library and the addons through which tfjs calls it, as far as they are not in
 * the cache yet, and tries them out. Writes to the cache folder only.
 *
 * @throws SeglossError that names what is missing and the command that helps
 */
export async function setUp({ device }: SetupOptions): Promise<void> {
  cleanUpOnSignals();
  const plan = await planSetup(device);
  createCacheFolder(plan.cache);
  try {
    await removeAbandonedFolders(plan.cache);
    await install(plan);
    writeSetupChoice(plan.cache, { device: plan.device, variant: plan.variant });
  } catch (error) {
    throw isFileError(error) ? cacheError(toFileError(error, error.path ?? plan.cache)) : error;
  }
  await testLibrary(plan.variant);
}

/**
 * Prints whether set-up is complete, and installs nothing. Returns the exit code: 3 if something is missing.
 */
export async function checkSetup({ device }: SetupOptions): Promise<number> {
  const { variant, library, hasLibrary, hasAddons: areThere, wheelSet } = await planSetup(device);
  const { download } = wheelSetBytes(wheelSet);
  printLine(`variant: ${variant}`);
  printLine(`library: ${hasLibrary ? library : `missing, ${formatBytes(download)} to download`}`);
  printLine(`addons: ${areThere ? "compiled" : "missing"}`);
  const isReady = hasLibrary && areThere;
  printLine(isReady ? "Set-up is complete." : `To complete it: ${setupCommandLine()}`);
  return isReady ? exitCode.ok : exitCode.noTensorFlow;
}

async function planSetup(requested: SetupDevice | undefined): Promise<SetupPlan> {
  const driver = await readNvidiaDriver();
  const cache = cacheFolder();
  const device = requested ?? readSetupChoice(cache)?.device ?? "auto";
  const variant = device === "auto" ? (driver.state === "usable" ? "gpu" : "cpu") : device;
  printDriver(driver, variant);
  if (requested === undefined && device !== "auto") {
    printLine(
      `The ${variant.toUpperCase()} variant, as in the last set-up; "--device auto" goes by the driver again.`,
    );
  }
  checkMachine();
  const wheelSet = requireWheelSet(variant);
  const library = join(cache, libraryName(wheelSet));
  const hasLibrary = isComplete(library);
  return {
    device,
    variant,
    wheelSet,
    cache,
    library,
    hasLibrary,
    hasAddons: hasLibrary && hasAddons(library),
  };
}

async function install(plan: SetupPlan): Promise<void> {
  const prebuilt = plan.hasAddons ? undefined : findPrebuiltAddons();
  // Everything that is missing is reported before anything is downloaded, and only what is needed is looked
  // for.
  const { download, compiler } = await findTools({
    download: !plan.hasLibrary,
    compiler: !plan.hasAddons && prebuilt === undefined,
  });
  if (download !== undefined) {
    await provideLibrary(plan, download);
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
async function provideLibrary({ wheelSet, cache, library }: SetupPlan, download: Downloader): Promise<void> {
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

function requireWheelSet(variant: Variant): WheelSet {
  const found = findWheelSet(variant);
  if (found === undefined) {
    const known = wheelSets.map((set) => `${set.platform} (${set.variant})`).join(", ");
    throw new SeglossError(
      `There is no TensorFlow ${pinnedTensorFlow} for ${process.platform}-${process.arch} (${variant}). There is one for: ${known}.`,
      { exitCode: exitCode.runFailed },
    );
  }
  return found;
}

function printDriver(driver: NvidiaDriver, variant: Variant): void {
  if (driver.state === "unusable") {
    printLine(`NVIDIA GPU: ${driver.problem} ${driver.remedy}`);
  }
  if (variant === "gpu" && driver.state !== "usable") {
    printLine("The GPU variant is set up as requested; it runs on the CPU until a GPU can be used.");
  }
}

async function testLibrary(variant: Variant): Promise<void> {
  const tf = await loadTfjs();
  const sum = tf.tensor1d([1, 2, 3]).sum().dataSync()[0];
  if (sum !== 6) {
    throw new SeglossError(`TensorFlow loads but computes 1 + 2 + 3 = ${sum}.`, {
      exitCode: exitCode.runFailed,
    });
  }
  printLine(`TensorFlow ${pinnedTensorFlow} (${variant}): set up`);
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
function cleanUpOnSignals(): void {
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
