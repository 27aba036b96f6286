import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { exitCode, SeglossError } from "../../errors.js";
import { loadDriverLibrary } from "../gpu/driver-files.js";
import { mayUseGpu, setGpuEnvironment, turnOffTf32 } from "../gpu/environment.js";
import { type NativeLibrary, readManifest } from "./manifest.js";

export type { Variant } from "./manifest.js";

/** The module that tfjs exports on the native library. */
export type Tfjs = typeof import("@tensorflow/tfjs-node-gpu");

const require = createRequire(import.meta.url);
const tfjsPackage = "@tensorflow/tfjs-node-gpu";

/** The command that installs or repairs the native library. */
export const setupCommand = "npm run setup";

/**
 * Returns the path where tfjs looks for its addon with every version of Node: 8 is the newest Node-API that
 * its package names. Throws if tfjs is not installed.
 */
export function bindingLink(): string {
  return join(dirname(require.resolve(`${tfjsPackage}/package.json`)), "lib/napi-v8/tfjs_binding.node");
}

/** Returns the library that is linked into this checkout, or undefined if there is none. */
export function findNativeLibrary(): NativeLibrary | undefined {
  try {
    const binding = realpathSync(bindingLink());
    const folder = dirname(dirname(binding));
    return { ...readManifest(folder), folder, binding };
  } catch {
    return undefined;
  }
}

/** Sets how much TensorFlow logs, unless the user has set it. TensorFlow reads the variable when it loads. */
export function setLogLevel(env: NodeJS.ProcessEnv, verbose: boolean): void {
  if (verbose) {
    env.TF_CPP_MIN_LOG_LEVEL = "0";
  } else {
    // Fatal errors only. Its level "error" includes a missing GPU, and errors of operations arrive as
    // exceptions anyway.
    env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  }
}

/**
 * Loads tfjs on the native library. A second call returns the same module.
 *
 * @throws SeglossError (exit code 3) that names the command to run if the library is missing or does not load
 */
export async function loadTfjs(options: { readonly verbose?: boolean } = {}): Promise<Tfjs> {
  const binding = requireBinding();
  const library = findNativeLibrary();
  setLogLevel(process.env, options.verbose ?? false);
  const onGpu = library !== undefined && mayUseGpu(library);
  if (onGpu) {
    setGpuEnvironment(library);
    loadDriverLibrary();
  }
  restoreIsNullOrUndefined();
  try {
    applyLogLevel(binding);
    const tfjs: Tfjs = require(tfjsPackage);
    if (onGpu) {
      turnOffTf32(library);
    }
    return tfjs;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeglossError(
      `TensorFlow did not load: ${reason}\nRun "${setupCommand}" to repair it; "npx segloss doctor" shows what is wrong.`,
      { exitCode: exitCode.noTensorFlow, cause: error },
    );
  }
}

/**
 * Returns the real path of the addon that tfjs loads. Throws a SeglossError (exit code 3) if set-up has not
 * run.
 */
export function requireBinding(): string {
  try {
    return realpathSync(bindingLink());
  } catch (cause) {
    throw new SeglossError(`TensorFlow is not set up in this checkout: run "${setupCommand}".`, {
      exitCode: exitCode.noTensorFlow,
      cause,
    });
  }
}

/**
 * Applies TF_CPP_MIN_LOG_LEVEL before TensorFlow loads, by a small addon: TensorFlow logs its first lines
 * before it reads the variable.
 */
function applyLogLevel(binding: string): void {
  const addon = join(dirname(binding), "log_level.node");
  if (existsSync(addon)) {
    require(addon);
  }
}

/**
 * Defines the function of node:util that tfjs-node 4.22 calls; Node 22 warns of it and Node 23 has removed
 * it.
 */
function restoreIsNullOrUndefined(): void {
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = require("node:util");
  util.isNullOrUndefined = (value) => value === null || value === undefined;
}
