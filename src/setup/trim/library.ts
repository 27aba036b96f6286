import { join } from "node:path";
import { exitCode, SeglossError } from "../../errors.js";
import type { NativeLibrary } from "../../tensorflow/index.js";
import { type Patch, parseArchitecture, planTrim } from "./trim.js";

/**
 * Returns what to leave out of each file of a library for one CUDA architecture, by the file's path.
 *
 * @param architecture as NVIDIA names it: "sm_90"
 * @throws SeglossError if that is no architecture, if TensorFlow has no machine code for it, or if the library has
 * none for any card, or none for others
 */
export function trimLibrary(
  library: NativeLibrary,
  architecture: string,
): ReadonlyMap<string, readonly Patch[]> {
  const number = parseArchitecture(architecture);
  if (number === undefined) {
    throw refusal(`--trim ${architecture}: expected a CUDA architecture such as sm_90`);
  }
  if (library.variant !== "gpu") {
    throw refusal(`--trim ${architecture}: only the GPU variant has code for GPUs; add --device gpu`);
  }
  if (library.architecture !== undefined) {
    throw refusal(
      `--trim ${architecture}: ${library.folder} has been trimmed to ${library.architecture} before`,
    );
  }
  const libraries = library.files.filter(({ path }) => /\.so[.0-9]*$/.test(path));
  const plans = libraries.map(({ path }) => [path, planTrim(join(library.folder, path), number)] as const);
  const own = plans.filter(([path]) => path.startsWith("tensorflow/")).map(([, plan]) => plan);
  if (!own.some(({ hasCode }) => hasCode)) {
    const names = [...new Set(own.flatMap(({ architectures }) => [...architectures]))]
      .sort((a, b) => a - b)
      .map((one) => `sm_${one}`);
    throw refusal(
      `--trim ${architecture}: TensorFlow has no code for it; it has machine code for ${names.join(", ")}`,
    );
  }
  return new Map(plans.map(([path, { patches }]) => [path, patches]));
}

function refusal(message: string): SeglossError {
  return new SeglossError(`${message}.`, { exitCode: exitCode.usage });
}
