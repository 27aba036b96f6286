import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCode, SeglossError } from "../../src/errors.js";
import { run } from "./command.js";
import { beginPartial } from "./library.js";

const require = createRequire(import.meta.url);
const levelSource = fileURLToPath(new URL("log_level.cc", import.meta.url));
const opListSource = fileURLToPath(new URL("op_list.cc", import.meta.url));
const tf32Source = fileURLToPath(new URL("tf32.cc", import.meta.url));
const nodeHeaders = join(dirname(require.resolve("node-api-headers/package.json")), "include");
const tfjsSources = join(dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json")), "binding");

const compile = ["-std=c++17", "-O2", "-fPIC", "-DNAPI_VERSION=8"];
const link =
  process.platform === "darwin"
    ? ["-bundle", "-undefined", "dynamic_lookup", "-Wl,-rpath,@loader_path/../tensorflow"]
    : ["-shared", "-Wl,-rpath,$ORIGIN/../tensorflow"];
const initFirst = process.platform === "darwin" ? [] : ["-Wl,-z,initfirst"];

/** Where the compiled addons of a library belong: beside it, named by everything they are made of but the compiler. Node-API is stable, so one serves every Node. */
export function bindingPlace(library: string): string {
  const hash = createHash("sha256").update(JSON.stringify([compile, link, initFirst]));
  for (const file of [...sources(".cc"), ...sources(".h"), levelSource, opListSource, tf32Source]) {
    hash.update(readFileSync(file));
  }
  return join(library, `binding-${hash.digest("hex").slice(0, 12)}`, "tfjs_binding.node");
}

/** Compiles tfjs's addon, and the three of this project, against an unpacked library. Throws a SeglossError with what the compiler said. */
export async function compileBinding(library: string, compiler: string): Promise<void> {
  const place = dirname(bindingPlace(library));
  const fresh = await beginPartial(dirname(library));
  const [cc, framework] = librariesOf(library);
  const include = ["-I", nodeHeaders, "-I", join(library, "tensorflow/include")];
  const build = (name: string, ...args: readonly string[]) =>
    runCompiler(compiler, [...compile, ...include, ...args, ...link, "-o", join(fresh, name)]);
  try {
    await build("log_level.node", levelSource, framework, ...initFirst);
    await build("op_list.node", opListSource, cc, framework);
    await build("tf32.node", tf32Source, cc, framework);
    await build("tfjs_binding.node", ...sources(".cc"), cc, framework);
    await rename(fresh, place).catch((error) => {
      // Another set-up may have been faster; its addons are the same.
      if (!existsSync(place)) {
        throw error;
      }
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function runCompiler(compiler: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(compiler, args);
  if (code !== 0) {
    const said = stderr.trim().split("\n").slice(0, 12).join("\n");
    throw new SeglossError(
      `${compiler} could not compile tfjs's addon (C++17 is needed: g++ 8 or clang++ 7, or name another in CXX):\n${said}`,
      { exitCode: exitCode.runFailed },
    );
  }
}

function librariesOf(library: string): readonly [string, string] {
  const suffix = process.platform === "darwin" ? "2.dylib" : "so.2";
  return [
    join(library, `tensorflow/libtensorflow_cc.${suffix}`),
    join(library, `tensorflow/libtensorflow_framework.${suffix}`),
  ];
}

function sources(extension: string): string[] {
  return readdirSync(tfjsSources)
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(tfjsSources, name));
}
