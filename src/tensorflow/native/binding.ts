import { existsSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { exitCode, SeglossError } from "../../errors.js";
import { seglossCommandLine, setupCommandLine, tfjsFolder } from "../../installation.js";
import { loadDriverLibrary } from "../gpu/driver-files.js";
import { mayUseGpu, setGpuEnvironment, turnOffTf32 } from "../gpu/environment.js";
import { requireWithCodeCache } from "./code-cache.js";
import { findNativeLibrary } from "./library.js";
import type { NativeLibrary } from "./manifest.js";

/** The module that tfjs exports on the native library. */
export type Tfjs = typeof import("@tensorflow/tfjs-node-gpu");

const require = createRequire(import.meta.url);

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

/** How tfjs is loaded. */
export interface BindingOptions {
  /** Whether TensorFlow's log lines are shown. */
  readonly verbose?: boolean | undefined;
  /** Folder where tfjs's compiled JavaScript is stored. undefined: it is compiled anew. */
  readonly codeCache?: string | undefined;
}

/**
 * Loads tfjs on the native library. A second call returns the same module.
 *
 * @throws SeglossError (exit code 3) that names the command to run if the library is missing or does not load
 */
export async function loadTfjs(options: BindingOptions = {}): Promise<Tfjs> {
  const library = requireNativeLibrary();
  setLogLevel(process.env, options.verbose ?? false);
  const onGpu = mayUseGpu(library);
  if (onGpu) {
    setGpuEnvironment(library);
    loadDriverLibrary();
  }
  restoreIsNullOrUndefined();
  try {
    applyLogLevel(library);
    const tfjs = requireTfjs(library, options.codeCache);
    if (onGpu) {
      turnOffTf32(library);
    }
    return tfjs;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SeglossError(
      `TensorFlow did not load: ${reason}\nRun "${setupCommandLine()}" to repair it; "${seglossCommandLine("doctor")}" shows what is wrong.`,
      { exitCode: exitCode.noTensorFlow, cause: error },
    );
  }
}

/** Returns the library that is set up. Throws a SeglossError (exit code 3) if there is none. */
export function requireNativeLibrary(): NativeLibrary {
  const library = findNativeLibrary();
  if (library === undefined) {
    throw new SeglossError(`TensorFlow is not set up: run "${setupCommandLine()}".`, {
      exitCode: exitCode.noTensorFlow,
    });
  }
  return library;
}

/**
 * Node's loader of CommonJS modules. Not documented, but the way in which tools replace modules since Node
 * 0.x.
 */
const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };

/**
 * Loads tfjs with the addon of a library. tfjs asks node-pre-gyp for the path of its addon, which is always
 * in tfjs's own folder; that package is replaced during the loading by one that returns the path in the
 * cache.
 */
function requireTfjs({ binding }: NativeLibrary, codeCache: string | undefined): Tfjs {
  const load = loader._load;
  loader._load = (request, ...rest) =>
    request === "@mapbox/node-pre-gyp" ? { find: () => binding } : load(request, ...rest);
  try {
    const file = require.resolve(tfjsFolder());
    return codeCache === undefined ? require(file) : (requireWithCodeCache(file, codeCache) as Tfjs);
  } finally {
    loader._load = load;
  }
}

/**
 * Applies TF_CPP_MIN_LOG_LEVEL before TensorFlow loads, by a small addon: TensorFlow logs its first lines
 * before it reads the variable.
 */
function applyLogLevel({ binding }: NativeLibrary): void {
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
