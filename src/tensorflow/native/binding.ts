import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { exitCode, SeglossError } from "../../errors.js";
import { mayUseGpu, setGpuEnvironment, turnOffTf32 } from "../gpu/environment.js";
import { type NativeLibrary, readManifest } from "./manifest.js";

export type { Variant } from "./manifest.js";

/** The whole of tfjs on top of the native library. */
export type Tfjs = typeof import("@tensorflow/tfjs-node-gpu");

const require = createRequire(import.meta.url);
const tfjsPackage = "@tensorflow/tfjs-node-gpu";

/** The command that provides or mends the native library. */
export const setupCommand = "npm run setup";

/** Where tfjs looks for its addon, whatever the Node version: 8 is the newest Node-API that its package names. Throws if tfjs is not installed. */
export function bindingLink(): string {
  return join(dirname(require.resolve(`${tfjsPackage}/package.json`)), "lib/napi-v8/tfjs_binding.node");
}

/** The library that is linked into this checkout, or undefined if there is none. */
export function findNativeLibrary(): NativeLibrary | undefined {
  try {
    const binding = realpathSync(bindingLink());
    const folder = dirname(dirname(binding));
    return { ...readManifest(folder), folder, binding };
  } catch {
    return undefined;
  }
}

/**
 * Sets what TensorFlow's C++ reads from the environment when it loads; what the caller has set stays.
 * TF_NUM_INTRAOP_THREADS, TF_NUM_INTEROP_THREADS and TF_ENABLE_ONEDNN_OPTS are left alone.
 */
export function prepareEnvironment(env: NodeJS.ProcessEnv, verbose: boolean): void {
  if (verbose) {
    env.TF_CPP_MIN_LOG_LEVEL = "0";
  } else {
    // Only what ends the process. Its "errors" include a missing GPU; real ones also arrive as exceptions.
    env.TF_CPP_MIN_LOG_LEVEL ??= "3";
  }
}

/**
 * Loads tfjs on the native library; a second call gives the same module.
 * Throws a SeglossError (exit code 3) that names the command to run if the library is missing or does not load.
 */
export async function loadTfjs(options: { readonly verbose?: boolean } = {}): Promise<Tfjs> {
  const binding = requireBinding();
  const library = findNativeLibrary();
  prepareEnvironment(process.env, options.verbose ?? false);
  const onGpu = library !== undefined && mayUseGpu(library);
  if (onGpu) {
    setGpuEnvironment(library);
  }
  mendUtil();
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
      `TensorFlow did not load: ${reason}\nRun "${setupCommand}" to mend it; "npx segloss doctor" shows what is wrong.`,
      { exitCode: exitCode.noTensorFlow, cause: error },
    );
  }
}

/** The addon that tfjs loads, past all links. Throws a SeglossError (exit code 3) if set-up has not run. */
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

/** TensorFlow writes its first log lines before it reads TF_CPP_MIN_LOG_LEVEL; the addon beside the binding applies it before that. */
function applyLogLevel(binding: string): void {
  const addon = join(dirname(binding), "log_level.node");
  if (existsSync(addon)) {
    require(addon);
  }
}

/** tfjs-node 4.22 calls a function that Node 23 removed and Node 22 warns of. */
function mendUtil(): void {
  const util: { isNullOrUndefined?: (value: unknown) => boolean } = require("node:util");
  util.isNullOrUndefined = (value) => value === null || value === undefined;
}
