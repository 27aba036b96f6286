import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCode, SeglossError } from "../../src/errors.js";
import { openPartialFolder } from "./partial-folder.js";
import { runSubprocess } from "./subprocess.js";

const require = createRequire(import.meta.url);
const nodeHeaders = join(dirname(require.resolve("node-api-headers/package.json")), "include");
const tfjsSources = join(dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json")), "binding");
const isMac = process.platform === "darwin";

/** segloss's own addons; each file's head says what it is for. */
const ownSource = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const logLevelSource = ownSource("log_level.cc");
const opListSource = ownSource("op_list.cc");
const tf32Source = ownSource("tf32.cc");

const compileFlags = ["-std=c++17", "-O2", "-fPIC", "-DNAPI_VERSION=8"];
const linkFlags = isMac
  ? ["-bundle", "-undefined", "dynamic_lookup", "-Wl,-rpath,@loader_path/../tensorflow"]
  : ["-shared", "-Wl,-rpath,$ORIGIN/../tensorflow"];
/** Runs the addon's constructor before those of the libraries that it is linked to. */
const initFirst = isMac ? [] : ["-Wl,-z,initfirst"];

/**
 * Returns where the compiled addon of a library belongs: beside the library, in a folder named by a hash of
 * the sources and flags. Node-API is stable, so one addon serves every version of Node.
 */
export function addonPath(library: string): string {
  const hash = createHash("sha256").update(JSON.stringify([compileFlags, linkFlags, initFirst]));
  const own = [logLevelSource, opListSource, tf32Source];
  for (const file of [...tfjsFiles(".cc"), ...tfjsFiles(".h"), ...own]) {
    hash.update(readFileSync(file));
  }
  return join(library, `binding-${hash.digest("hex").slice(0, 12)}`, "tfjs_binding.node");
}

/**
 * Compiles tfjs's addon and segloss's own against an unpacked library. Throws a SeglossError with the
 * compiler's message.
 */
export async function compileAddons(library: string, compiler: string): Promise<void> {
  const suffix = isMac ? "2.dylib" : "so.2";
  const [cc, framework] = ["cc", "framework"].map((name) =>
    join(library, `tensorflow/libtensorflow_${name}.${suffix}`),
  ) as [string, string];
  const include = ["-I", nodeHeaders, "-I", join(library, "tensorflow/include")];
  const partial = await openPartialFolder(dirname(library));
  const compile = (name: string, ...inputs: readonly string[]) =>
    runCompiler(compiler, [
      ...compileFlags,
      ...include,
      ...inputs,
      ...linkFlags,
      "-o",
      join(partial.path, name),
    ]);
  try {
    await compile("log_level.node", logLevelSource, framework, ...initFirst);
    await compile("op_list.node", opListSource, cc, framework);
    await compile("tf32.node", tf32Source, cc, framework);
    await compile("tfjs_binding.node", ...tfjsFiles(".cc"), cc, framework);
    const target = dirname(addonPath(library));
    await rename(partial.path, target).catch((error) => {
      // Another set-up may have been faster; its addons are the same.
      if (!existsSync(target)) {
        throw error;
      }
    });
  } finally {
    await partial.close();
  }
}

async function runCompiler(compiler: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runSubprocess(compiler, args);
  if (code !== 0) {
    const firstLines = stderr.trim().split("\n").slice(0, 12).join("\n");
    throw new SeglossError(
      `${compiler} could not compile tfjs's addon. It needs C++17 (g++ 8, clang++ 7 or newer); CXX selects another compiler.\n${firstLines}`,
      { exitCode: exitCode.runFailed },
    );
  }
}

function tfjsFiles(extension: string): string[] {
  return readdirSync(tfjsSources)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(tfjsSources, name));
}
