import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { shellLine } from "./shell-line.js";

// Where this program is installed, what it brings along, and how its user calls it. The same code runs in a
// clone, whose packages npm has installed, and as a published package, which brings tfjs along in dist/vendor
// (scripts/pack.mjs).

/** The folder with package.json. */
export const packageRoot = fileURLToPath(new URL("../", import.meta.url));

/** The file that node runs: what the command `segloss` is. */
export const programFile = join(packageRoot, "dist/cli.js");

/**
 * Returns the folder of tfjs: the copy that a published package brings along, else the npm package. Throws if
 * there is none.
 */
export function tfjsFolder(): string {
  const vendored = join(packageRoot, "dist/vendor/tfjs");
  return existsSync(vendored)
    ? vendored
    : dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node-gpu/package.json"));
}

/** Returns the words that call this program in the current folder: by npx, by its name, or by its file. */
export function programWords(): readonly string[] {
  if (process.env.npm_command === "exec") {
    return ["npx", "segloss"];
  }
  const [, file = "segloss"] = process.argv;
  return basename(file) === "segloss" ? ["segloss"] : ["node", ...process.execArgv, relative("", file)];
}

/** Returns the command that sets this installation up, for messages. In a clone that is its npm script. */
export function setupCommandLine(...flags: readonly string[]): string {
  if (!isInClone()) {
    return seglossCommandLine("setup", ...flags);
  }
  return ["npm run setup", ...(flags.length > 0 ? ["--"] : []), ...flags].join(" ");
}

/**
 * Returns a command of segloss as it has to be typed in the current folder, for messages: by npx within a clone and where npx
 * has started this program, else by its name. npm does not find a clone from outside of it.
 *
 * @param words as a shell needs them
 */
export function seglossCommandLine(...words: readonly string[]): string {
  return [isInClone() || process.env.npm_command === "exec" ? "npx segloss" : programName(), ...words].join(
    " ",
  );
}

/** Messages also come from workers, whose file is not the program's. */
function programName(): string {
  const [, file = ""] = process.argv;
  const hasName = !isClone() || basename(file) === "segloss";
  return hasName ? "segloss" : shellLine(["node", relative("", programFile)]);
}

function isInClone(): boolean {
  return isClone() && `${process.cwd()}/`.startsWith(packageRoot);
}

function isClone(): boolean {
  return existsSync(join(packageRoot, "scripts/setup.mjs"));
}

/** The configs that every installation brings along, found by their names in any folder. */
const configsFolder = join(packageRoot, "configs");

/** The JSON schema of configs, for editors. */
export const schemaFile = join(configsFolder, "schema.json");

/** Returns the names of the shipped configs: "quick" for configs/quick.json. */
export function shippedConfigs(): readonly string[] {
  return readdirSync(configsFolder)
    .filter((name) => name.endsWith(".json") && name !== "schema.json")
    .map((name) => name.slice(0, -".json".length))
    .sort();
}

/**
 * Returns the path of a config: the file of that name if there is one, else the shipped config of that name,
 * else the name itself.
 */
export function findConfigFile(name: string): string {
  if (!shippedConfigs().includes(name)) {
    return name;
  }
  const stats = statSync(name, { throwIfNoEntry: false });
  const isTaken = stats !== undefined && !stats.isDirectory();
  return isTaken ? name : join(configsFolder, `${name}.json`);
}
