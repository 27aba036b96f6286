import { existsSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { exitCode, firstLine, SeglossError } from "../../src/errors.js";
import { type NvidiaDriver, readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import { bindingLink, loadTfjs } from "../../src/tensorflow/native/binding.js";
import { cacheFolder } from "../../src/tensorflow/native/cache-folder.js";
import type { Variant } from "../../src/tensorflow/native/manifest.js";
import { printLine } from "../../src/terminal/messages.js";
import { addonPath, compileAddons } from "./addons.js";
import { formatBytes } from "./byte-progress.js";
import { readDeviceChoice, type SetupDevice, setupDevices, writeDeviceChoice } from "./device-choice.js";
import { downloadWheel } from "./download.js";
import { installLibrary, isComplete, libraryName, replaceLink } from "./library.js";
import { openPartialFolder, removeAbandonedFolders, removeOwnPartialFolders } from "./partial-folder.js";
import { checkMachine, checkSpace, findTools } from "./prerequisites.js";
import { stopSubprocesses } from "./subprocess.js";
import { unpackWheel } from "./unpack.js";
import { sizeOf, tensorflowVersion, type WheelSet, wheelSets } from "./wheels.js";

// The second half of `npm run setup`: TensorFlow's native library, unpacked once per machine, and the addon
// through which tfjs calls it.

cleanUpOnSignals();
try {
  await setUp(process.argv.slice(2));
} catch (error) {
  report(error);
}

async function setUp(args: readonly string[]): Promise<void> {
  const driver = await readNvidiaDriver();
  const requested = parseDevice(args);
  const device = requested ?? readDeviceChoice() ?? "auto";
  const variant = device === "auto" ? (driver.state === "usable" ? "gpu" : "cpu") : device;
  printDriver(driver, variant);
  if (requested === undefined && device !== "auto") {
    printLine(
      `The ${variant.toUpperCase()} variant, as in the last set-up; "--device auto" goes by the driver again.`,
    );
  }
  checkMachine();
  const wheelSet = findWheelSet(variant);
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  await removeAbandonedFolders(cache);
  const library = join(cache, libraryName(wheelSet));
  const addon = addonPath(library);
  const hasLibrary = isComplete(library);
  const hasAddon = hasLibrary && existsSync(addon);
  // Everything that is missing is reported before anything is downloaded, and only what is needed is looked
  // for.
  const tools = await findTools({ python: !hasLibrary, compiler: !hasAddon });
  if (tools.python !== undefined) {
    await provideLibrary(wheelSet, { target: library, python: tools.python });
  }
  if (tools.compiler !== undefined) {
    printLine("  compiling tfjs's addon");
    await compileAddons(library, tools.compiler);
  }
  await replaceLink(addon, bindingLink());
  if (requested !== undefined) {
    writeDeviceChoice(requested);
  }
  await testLibrary(variant);
}

/**
 * Downloads and unpacks one wheel after the other, and moves the library to its place when it is complete.
 */
async function provideLibrary(
  wheelSet: WheelSet,
  { target, python }: { readonly target: string; readonly python: string },
): Promise<void> {
  const cache = dirname(target);
  const { download, unpacked } = sizeOf(wheelSet);
  printLine(
    `TensorFlow ${tensorflowVersion} (${wheelSet.variant}): ${formatBytes(download)} to download, ${formatBytes(unpacked)} on disk in ${cache}`,
  );
  // Each wheel is deleted as soon as it is unpacked, so that only the largest one needs space beside the
  // library.
  checkSpace(cache, unpacked + Math.max(...wheelSet.wheels.map(({ bytes }) => bytes)));
  const partial = await openPartialFolder(cache);
  try {
    for (const wheel of wheelSet.wheels) {
      const file = await downloadWheel(wheel, wheelSet, { python, folder: partial.path });
      await unpackWheel(file, wheel, { python, folder: partial.path });
      await rm(dirname(file), { recursive: true });
    }
    await installLibrary(partial.path, wheelSet, target);
  } finally {
    await partial.close();
  }
}

/**
 * Returns the value of `--device`, or undefined without one. Throws a SeglossError for anything else on the
 * command line.
 */
function parseDevice(args: readonly string[]): SetupDevice | undefined {
  try {
    const { device } = parseArgs({ args: [...args], options: { device: { type: "string" } } }).values;
    const known = setupDevices.find((word) => word === device);
    if (device !== undefined && known === undefined) {
      throw new Error(`--device ${device}`);
    }
    return known;
  } catch (error) {
    throw new SeglossError(
      `set-up does not understand: ${firstLine(error)}\nUsage: npm run setup [-- --device auto|cpu|gpu]`,
      { exitCode: exitCode.usage },
    );
  }
}

function findWheelSet(variant: Variant): WheelSet {
  const platform = `${process.platform}-${process.arch}`;
  const found = wheelSets.find((set) => set.platform === platform && set.variant === variant);
  if (found === undefined) {
    const known = wheelSets.map((set) => `${set.platform} (${set.variant})`).join(", ");
    throw new SeglossError(
      `There is no TensorFlow ${tensorflowVersion} for ${platform} (${variant}). There is one for: ${known}.`,
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
  printLine(`TensorFlow ${tensorflowVersion} (${variant}): set up`);
}

/**
 * Removes what is unfinished when a signal stops set-up. One Ctrl-C arrives twice: from the terminal and from
 * npm.
 */
function cleanUpOnSignals(): void {
  const codes = { SIGINT: exitCode.interrupted, SIGTERM: exitCode.terminated } as const;
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      if (isStopping) {
        return;
      }
      isStopping = true;
      await stopSubprocesses();
      await removeOwnPartialFolders();
      process.exit(codes[signal]);
    });
  }
}

/**
 * Prints what a user can fix as a message. Anything else is an error of set-up itself and keeps its stack.
 */
function report(error: unknown): void {
  if (error instanceof SeglossError) {
    printLine(error.message);
    process.exitCode = error.exitCode;
  } else if (error instanceof Error && "code" in error && "path" in error) {
    printLine(`${error.message}. To use another cache folder: "SEGLOSS_CACHE=/some/folder npm run setup".`);
    process.exitCode = exitCode.runFailed;
  } else {
    throw error;
  }
}
