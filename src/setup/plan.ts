import { join } from "node:path";
import { exitCode, SeglossError } from "../errors.js";
import {
  cacheFolders,
  findNativeLibrary,
  findWheelSet,
  libraryName,
  type NvidiaDriver,
  pinnedTensorFlow,
  readNvidiaDriver,
  readSetupChoice,
  type SetupDevice,
  type Variant,
  type WheelSet,
  wheelSets,
} from "../tensorflow/index.js";
import { printLine } from "../terminal/messages.js";
import { hasAddons } from "./addons.js";
import { isComplete } from "./library.js";
import { checkMachine } from "./machine.js";

/** What is to be installed, and how much of it is there. */
export interface SetupPlan {
  readonly device: SetupDevice;
  readonly variant: Variant;
  readonly wheelSet: WheelSet;
  /** The cache that has the library, else the user's own. */
  readonly cache: string;
  /** True if the cache is an administrator's, which set-up only reads. */
  readonly isSystemCache: boolean;
  readonly library: string;
  readonly hasLibrary: boolean;
  readonly hasAddons: boolean;
  readonly driver: NvidiaDriver;
  /** True if the user's caches need no record of this set-up: the program finds this library without it. */
  readonly isRecorded: boolean;
}

/**
 * Decides which variant to install, and finds what of it is there, in the system's caches and the user's. Says
 * so if an earlier set-up decides. Throws a SeglossError if this machine cannot run it.
 *
 * @param requested undefined: as in the last set-up of the user, else of the system
 */
export async function planSetup(requested: SetupDevice | undefined): Promise<SetupPlan> {
  const driver = await readNvidiaDriver();
  const { own, system } = cacheFolders();
  const last = [own, ...system].flatMap((cache) => readSetupChoice(cache)?.device ?? []);
  const device = requested ?? last[0] ?? "auto";
  const variant = device === "auto" ? (driver.state === "usable" ? "gpu" : "cpu") : device;
  if (requested === undefined && device !== "auto") {
    printLine(
      `The ${variant.toUpperCase()} variant, as in the last set-up; "--device auto" goes by the driver again.`,
    );
  }
  checkMachine();
  const wheelSet = requireWheelSet(variant);
  const name = libraryName(wheelSet);
  const isUsable = (library: string): boolean => isComplete(library) && hasAddons(library);
  const systemCache = system.find((cache) => isUsable(join(cache, name)));
  const cache = systemCache ?? own;
  const library = join(cache, name);
  const hasLibrary = systemCache !== undefined || isComplete(library);
  return {
    device,
    variant,
    wheelSet,
    cache,
    isSystemCache: systemCache !== undefined,
    library,
    hasLibrary,
    hasAddons: hasLibrary && hasAddons(library),
    driver,
    isRecorded: (requested === undefined || requested === last[0]) && findNativeLibrary()?.folder === library,
  };
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

/** Prints why no GPU can be used, where the driver or the request makes one expect it. */
export function printDriver({ driver, variant }: SetupPlan): void {
  if (driver.state === "unusable") {
    printLine(`NVIDIA GPU: ${driver.problem} ${driver.remedy}`);
  }
  if (variant === "gpu" && driver.state !== "usable") {
    printLine("The GPU variant is set up as requested; it runs on the CPU until a GPU can be used.");
  }
}
