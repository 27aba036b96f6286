import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Conditions } from "./part.js";

// Everything that loads TensorFlow runs in a child process, because TensorFlow can be loaded only once in
// each. The children are started with this process's own Node, so that neither npm nor a Node on PATH is
// needed.

const root = fileURLToPath(new URL("../../", import.meta.url));
const cli = join(root, "dist/cli.js");

/** Time between the request to end and the kill: a child in a long native call cannot react. */
const graceMs = 10_000;

/** Trains all runs of a step signature in one program of lanes on the CPU, as on a GPU. */
const wide: NodeJS.ProcessEnv = { SEGLOSS_TEST_WIDTH: "1000" };

interface ChildOptions {
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  /** Exit codes that are no failure. */
  readonly codes?: readonly number[];
}

/** Runs the built segloss and returns its stdout. Rejects with its stderr for any other exit code. */
export async function runSegloss(words: readonly string[], options: ChildOptions): Promise<string> {
  if (!existsSync(cli)) {
    throw new Error('dist/cli.js is missing: run "npm run build", where there is npm, and bring dist along');
  }
  return await runNode([cli, ...words], options);
}

/** Runs a script of this folder and returns what it prints, parsed as JSON. */
export async function runWorker(
  name: string,
  words: readonly string[],
  { signal }: Pick<Conditions, "signal">,
): Promise<unknown> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  return JSON.parse(await runNode(["--import", import.meta.resolve("tsx"), file, ...words], { signal }));
}

function runNode(words: readonly string[], { signal, env = {}, codes = [0] }: ChildOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    const stop = (): void => {
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), graceMs).unref();
    };
    signal.addEventListener("abort", stop, { once: true });
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      signal.removeEventListener("abort", stop);
      if (code !== null && codes.includes(code)) {
        resolve(output.stdout);
      } else {
        reject(new Error(output.stderr.trim() || `ended with ${killedBy ?? `exit code ${code}`}`));
      }
    });
  });
}

/** Trains a sweep on the device that is checked, in one process, and returns its folder. */
export async function sweepOnDevice(
  conditions: Conditions,
  name: string,
  config: object,
  ...words: readonly string[]
): Promise<string> {
  const { device } = conditions;
  const env = device === "cpu" ? wide : {};
  return await sweep(conditions, name, config, ["--device", device, "--jobs", "1", ...words], env);
}

/** Trains a sweep on the CPU in the usual way, each run in a program of its own, and returns its folder. */
export async function sweepOnCpu(conditions: Conditions, name: string, config: object): Promise<string> {
  return await sweep(conditions, name, config, ["--device", "cpu"], {});
}

/**
 * A sweep always starts from an empty folder: a resumed one would have other lanes and no time of its own.
 */
async function sweep(
  { folder, signal }: Conditions,
  name: string,
  config: object,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const out = join(folder, name);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${out}.json`, JSON.stringify(config));
  await runSegloss(["sweep", `${out}.json`, "--out", out, "--no-progress", ...words], { signal, env });
  return out;
}

/** Reads the CSVs in a sweep's folder: text by path. */
export function readCsvs(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /run-\d+\.csv$/.test(file),
  );
  return new Map(files.sort().map((file) => [file, readFileSync(join(folder, file), "utf8")]));
}
