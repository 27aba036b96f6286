import { existsSync, readdirSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { exitCode, SeglossError } from "../errors.js";
import { packageRoot, tfjsFolder } from "../installation.js";
import { addonFlags, addonFolderName, addonNames, ownAddons, tfjsAddon } from "../tensorflow/index.js";
import { openPartialFolder } from "./partial-folder.js";
import { runSubprocess } from "./subprocess.js";

// How the addons come into a library's folder: a package may bring them compiled, else the machine's compiler
// makes them.

/** Returns whether the library's folder has the addons of this version of segloss. */
export function hasAddons(library: string): boolean {
  return existsSync(join(library, addonFolderName(), tfjsAddon));
}

/**
 * Returns the folder of addons that the package brings compiled for this platform, from the same sources,
 * flags and TensorFlow. Returns undefined if it has none.
 */
export function findPrebuiltAddons(root: string = packageRoot): string | undefined {
  const folder = join(root, "prebuilt", `${process.platform}-${process.arch}`, addonFolderName());
  return addonNames.every((name) => existsSync(join(folder, name))) ? folder : undefined;
}

/** Copies prebuilt addons beside a library, where their run path finds it. */
export async function copyAddons(prebuilt: string, library: string): Promise<void> {
  await makeAddons(library, async (folder) => {
    for (const name of addonNames) {
      await copyFile(join(prebuilt, name), join(folder, name));
    }
  });
}

/** Compiles all addons against a library. Throws a SeglossError with the compiler's message. */
export async function compileAddons(library: string, compiler: string): Promise<void> {
  const suffix = process.platform === "darwin" ? "2.dylib" : "so.2";
  const libraries = ["cc", "framework"].map((name) =>
    join(library, `tensorflow/libtensorflow_${name}.${suffix}`),
  );
  const nodeHeaders = dirname(createRequire(import.meta.url).resolve("node-api-headers/package.json"));
  const include = ["-I", join(nodeHeaders, "include"), "-I", join(library, "tensorflow/include")];
  const { compile, link, initFirst } = addonFlags;
  await makeAddons(library, async (folder) => {
    for (const [name, source] of Object.entries(ownAddons)) {
      const flags = name === "log_level.node" ? initFirst : [];
      const inputs = [...compile, ...include, source, ...libraries, ...flags, ...link];
      await runCompiler(compiler, [...inputs, "-o", join(folder, name)]);
    }
    const inputs = [...compile, ...include, ...tfjsSources(), ...libraries, ...link];
    await runCompiler(compiler, [...inputs, "-o", join(folder, tfjsAddon)]);
  });
}

/** Fills a partial folder and renames it into the library's folder. */
async function makeAddons(library: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const target = join(library, addonFolderName());
  const partial = await openPartialFolder(dirname(library));
  try {
    await fill(partial.path);
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

function tfjsSources(): string[] {
  const folder = join(tfjsFolder(), "binding");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".cc"))
    .sort()
    .map((name) => join(folder, name));
}
