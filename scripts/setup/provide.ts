import { existsSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { exitCode, SeglossError } from "../../src/errors.js";
import { type NvidiaDriver, readNvidiaDriver } from "../../src/tensorflow/gpu/nvidia-driver.js";
import { bindingLink, loadTfjs } from "../../src/tensorflow/native/binding.js";
import { cacheFolder } from "../../src/tensorflow/native/cache-folder.js";
import type { Variant } from "../../src/tensorflow/native/manifest.js";
import { bindingPlace, compileBinding } from "./binding.js";
import { devices, recallDevice, rememberDevice, type SetupDevice } from "./choice.js";
import { stopCommands } from "./command.js";
import { downloadWheel } from "./download.js";
import {
  beginPartial,
  isWhole,
  libraryName,
  publish,
  removeAbandoned,
  removeOwnPartials,
  replaceLink,
} from "./library.js";
import { checkMachine, checkSpace, findTools } from "./prerequisites.js";
import { sizeText } from "./progress.js";
import { unpackWheel } from "./unpack.js";
import { type Provision, provisions, sizeOf, tensorflowVersion } from "./wheels.js";

/** The second half of `npm run setup`: TensorFlow's native library, unpacked once per machine, and the addon through which tfjs calls it. */
async function provide(args: readonly string[]): Promise<void> {
  const driver = await readNvidiaDriver();
  const asked = readDevice(args);
  const chosen = asked ?? recallDevice() ?? "auto";
  const variant = chosen === "auto" ? (driver.state === "usable" ? "gpu" : "cpu") : chosen;
  tellDriver(driver, variant);
  if (asked === undefined && chosen !== "auto") {
    say(`The ${variant.toUpperCase()} variant, as chosen before; "--device auto" goes by the driver again.`);
  }
  checkMachine();
  const provision = findProvision(variant);
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  await removeAbandoned(cache);
  const library = join(cache, libraryName(provision));
  const binding = bindingPlace(library);
  const whole = isWhole(library);
  const compiled = whole && existsSync(binding);
  // All that is missing is told before anything is downloaded, and only what is needed is asked for.
  const tools = await findTools({ python: !whole, compiler: !compiled });
  if (tools.python !== undefined) {
    await provideLibrary(provision, { place: library, python: tools.python });
  }
  if (tools.compiler !== undefined) {
    say("  compiling tfjs's addon");
    await compileBinding(library, tools.compiler);
  }
  await replaceLink(binding, bindingLink());
  if (asked !== undefined) {
    rememberDevice(asked);
  }
  await tryOut(variant);
}

async function provideLibrary(
  provision: Provision,
  { place, python }: { readonly place: string; readonly python: string },
): Promise<void> {
  const cache = dirname(place);
  const { download, unpacked } = sizeOf(provision);
  say(
    `TensorFlow ${tensorflowVersion} (${provision.variant}): ${sizeText(download)} to download, ${sizeText(unpacked)} on disk in ${cache}`,
  );
  // A wheel goes as soon as it is unpacked, so that only the largest is ever there beside the rest.
  checkSpace(cache, unpacked + Math.max(...provision.wheels.map(({ bytes }) => bytes)));
  const folder = await beginPartial(cache);
  try {
    for (const wheel of provision.wheels) {
      const file = await downloadWheel(wheel, provision, { python, folder });
      await unpackWheel(file, wheel, { python, folder });
      await rm(join(folder, "download"), { recursive: true });
    }
    await publish(folder, provision, place);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `--device` says, or undefined. Throws a SeglossError for anything that it cannot say. */
function readDevice(args: readonly string[]): SetupDevice | undefined {
  try {
    const { device } = parseArgs({ args: [...args], options: { device: { type: "string" } } }).values;
    const known = devices.find((word) => word === device);
    if (device !== undefined && known === undefined) {
      throw new Error(`--device ${device}`);
    }
    return known;
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    throw new SeglossError(
      `set-up does not understand: ${got}\nUsage: npm run setup [-- --device auto|cpu|gpu]`,
      {
        exitCode: exitCode.usage,
      },
    );
  }
}

function findProvision(variant: Variant): Provision {
  const platform = `${process.platform}-${process.arch}`;
  const found = provisions.find(
    (provision) => provision.platform === platform && provision.variant === variant,
  );
  if (found === undefined) {
    const known = provisions.map((provision) => `${provision.platform} (${provision.variant})`).join(", ");
    throw new SeglossError(
      `There is no TensorFlow ${tensorflowVersion} for ${platform} (${variant}). There is one for: ${known}.`,
      {
        exitCode: exitCode.runFailed,
      },
    );
  }
  return found;
}

function tellDriver(driver: NvidiaDriver, variant: Variant): void {
  if (driver.state === "unusable") {
    say(`NVIDIA GPU: ${driver.problem} ${driver.remedy}`);
  }
  if (variant === "gpu" && driver.state !== "usable") {
    say("The GPU variant is set up as asked; until a GPU can be used it runs on the CPU.");
  }
}

async function tryOut(variant: Variant): Promise<void> {
  const tf = await loadTfjs();
  const sum = tf.tensor1d([1, 2, 3]).sum().dataSync()[0];
  if (sum !== 6) {
    throw new SeglossError(`TensorFlow loads but adds wrongly: 1 + 2 + 3 gave ${sum}.`, {
      exitCode: exitCode.runFailed,
    });
  }
  say(`TensorFlow ${tensorflowVersion} (${variant}): set up`);
}

/** Stopped by a signal, set-up leaves nothing behind. One Ctrl-C arrives several times: from the terminal and from each process above. */
function stopCleanly(): void {
  const codes = { SIGINT: exitCode.interrupted, SIGTERM: exitCode.terminated } as const;
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, async () => {
      if (stopping) {
        return;
      }
      stopping = true;
      await stopCommands();
      await removeOwnPartials();
      process.exit(codes[signal]);
    });
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

stopCleanly();
try {
  await provide(process.argv.slice(2));
} catch (error) {
  tell(error);
}

/** What the user can mend is told in a sentence; anything else is an error of set-up itself and keeps its stack. */
function tell(error: unknown): void {
  if (error instanceof SeglossError) {
    say(error.message);
    process.exitCode = error.exitCode;
  } else if (error instanceof Error && "code" in error && "path" in error) {
    say(
      `${error.message}. If the cache folder is the trouble, choose another: "SEGLOSS_CACHE=/some/folder npm run setup".`,
    );
    process.exitCode = exitCode.runFailed;
  } else {
    throw error;
  }
}
