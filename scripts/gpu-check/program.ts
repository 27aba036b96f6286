import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Conditions } from "./check.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const manyBytes = 1e8;

/** On the CPU, all runs of a program in lanes, as on a GPU. */
const wide: NodeJS.ProcessEnv = { SEGLOSS_TEST_WIDTH: "1000" };

/** Runs the built segloss in the checkout; gives its stdout. Rejects with its stderr unless it ends with one of the exit codes. */
export async function segloss(
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  codes: readonly number[] = [0],
): Promise<string> {
  return await node([join(root, "dist/cli.js"), ...words], env, codes);
}

/** Runs a script of this folder in a process of its own, since TensorFlow is loaded once in each; gives what it prints as JSON. */
export async function script(name: string, words: readonly string[]): Promise<unknown> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return JSON.parse(await node(["--import", import.meta.resolve("tsx"), file, ...words]));
}

async function node(
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  codes: readonly number[] = [0],
): Promise<string> {
  const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: manyBytes };
  try {
    return (await promisify(execFile)(process.execPath, [...words], options)).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (codes.some((known) => known === code)) {
      return stdout ?? "";
    }
    throw new Error(stderr === undefined || stderr === "" ? String(error) : stderr);
  }
}

/** Trains a sweep on the device that is checked, as one process; gives its folder. */
export async function sweepOnDevice(
  { device, folder }: Conditions,
  name: string,
  config: object,
  ...words: readonly string[]
): Promise<string> {
  return await sweep(
    folder,
    name,
    config,
    ["--device", device, "--jobs", "1", ...words],
    device === "cpu" ? wide : {},
  );
}

/** Trains a sweep on the CPU, as users without a GPU do; gives its folder. */
export async function sweepOnCpu({ folder }: Conditions, name: string, config: object): Promise<string> {
  return await sweep(folder, name, config, ["--device", "cpu"]);
}

async function sweep(
  folder: string,
  name: string,
  config: object,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const out = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${out}.json`, JSON.stringify(config));
  await segloss(["sweep", `${out}.json`, "--out", out, "--no-progress", ...words], env);
  return out;
}

/** The CSVs of a sweep's folder: their text by cell and run. */
export function csvsIn(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /run-\d+\.csv$/.test(file),
  );
  return new Map(files.sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
