import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot, tfjsFolder } from "../../installation.js";
import { pinnedTensorFlow } from "./wheels.js";

// The Node addons through which JavaScript calls TensorFlow: tfjs's own, and three of segloss. The head of
// each source file in native/ says what its addon is for.

const isMac = process.platform === "darwin";

/** Compiler flags of an addon. Node-API is stable, so that one addon serves every version of Node. */
export const addonFlags = {
  compile: ["-std=c++17", "-O2", "-fPIC", "-DNAPI_VERSION=8"],
  link: isMac
    ? ["-bundle", "-undefined", "dynamic_lookup", "-Wl,-rpath,@loader_path/../tensorflow"]
    : ["-shared", "-Wl,-rpath,$ORIGIN/../tensorflow"],
  /** Runs the addon's constructor before those of the libraries that it is linked to. */
  initFirst: isMac ? [] : ["-Wl,-z,initfirst"],
} as const;

/** The addon that tfjs loads. */
export const tfjsAddon = "tfjs_binding.node";

/** The addons of segloss, and their sources. */
export const ownAddons = {
  "log_level.node": join(packageRoot, "native/log_level.cc"),
  "op_list.node": join(packageRoot, "native/op_list.cc"),
  "tf32.node": join(packageRoot, "native/tf32.cc"),
} as const;

/** All addons, by the names of their compiled files. */
export const addonNames: readonly string[] = [tfjsAddon, ...Object.keys(ownAddons)];

/**
 * Returns the name of the folder of compiled addons, which is in the library's folder. It has a hash of
 * everything that they are made of but the compiler. Throws if tfjs is not installed.
 */
export function addonFolderName(): string {
  const { version } = JSON.parse(readFileSync(join(tfjsFolder(), "package.json"), "utf8"));
  const hash = createHash("sha256").update(JSON.stringify([pinnedTensorFlow, version, addonFlags]));
  for (const source of Object.values(ownAddons)) {
    hash.update(readFileSync(source));
  }
  return `binding-${hash.digest("hex").slice(0, 12)}`;
}
