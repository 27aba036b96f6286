#!/usr/bin/env node
/**
 * `npm run setup` turns a fresh clone into a working program. It is plain JavaScript without dependencies, because it installs
 * them; the rest of set-up is `segloss setup`.
 *
 *     npm run setup [-- --device auto|cpu|gpu]
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const oldestNode = 20;

/** A problem that the user can fix; only its message is printed. */
class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} exitCode
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

try {
  checkNode();
  installPackages();
  await compileProgram();
  await provideTensorFlow(process.argv.slice(2));
  printLine('Ready: try "npx segloss sweep configs/quick.json".');
} catch (error) {
  if (!(error instanceof SetupError)) {
    throw error;
  }
  if (error.message !== "") {
    printLine(error.message);
  }
  process.exitCode = error.exitCode;
}

function checkNode() {
  const version = process.versions.node;
  if (Number.parseInt(version, 10) < oldestNode) {
    throw new SetupError(
      `Node ${version} is too old: segloss needs Node ${oldestNode} or newer. With nvm: "nvm install 24", or see https://nodejs.org.`,
    );
  }
}

function installPackages() {
  if (packagesMatch()) {
    return;
  }
  printLine("npm packages: installing from package-lock.json");
  // tfjs-node-gpu's install script would download TensorFlow 2.9.1. No other package needs its install script
  // either.
  const npm = process.env.npm_execpath;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const [command, ...prefix] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const result = spawnSync(command, [...prefix, ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (result.status !== 0) {
    throw new SetupError(explainNpmFailure(result.stderr ?? "", result.error));
  }
}

/**
 * Returns whether node_modules contains exactly what the lock file lists for this platform.
 * @returns {boolean}
 */
function packagesMatch() {
  const expected = readLock(join(root, "package-lock.json"));
  const installed = readLock(join(root, "node_modules/.package-lock.json"));
  const same = Object.entries(expected).every(
    ([path, entry]) =>
      path === "" ||
      (entry.optional && !fitsPlatform(entry)) ||
      (installed[path]?.version === entry.version &&
        installed[path]?.integrity === entry.integrity &&
        existsSync(join(root, path, "package.json"))),
  );
  return same && Object.keys(installed).every((path) => path in expected);
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?:
 * string[], libc?: string[]}>}
 */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return {};
  }
}

/** @param {{os?: string[], cpu?: string[], libc?: string[]}} entry */
function fitsPlatform({ os, cpu, libc }) {
  return (
    (os?.includes(process.platform) ?? true) &&
    (cpu?.includes(process.arch) ?? true) &&
    (libc?.includes("glibc") ?? true)
  );
}

/**
 * Turns npm's stderr into one message: what went wrong and what to do.
 * @param {string} stderr
 * @param {Error | undefined} failure
 */
function explainNpmFailure(stderr, failure) {
  if (failure !== undefined) {
    return `npm could not be started (${failure.message}): install Node with npm, then run "npm run setup" again.`;
  }
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|network/i.test(stderr)) {
    return 'No network: the npm registry could not be reached for the npm packages. Check the connection or proxy ("npm config get registry"), then run "npm run setup" again.';
  }
  if (/ENOSPC/.test(stderr)) {
    return 'The disk is full: free about 500 MB for node_modules, then run "npm run setup" again.';
  }
  return `npm ci failed. Run "npm ci --ignore-scripts" to see all of its output, which ends with:\n${stderr.trim().split("\n").slice(-6).join("\n")}`;
}

/** @param {string[]} args */
async function provideTensorFlow(args) {
  const status = await runNode(["dist/cli.js", "setup", ...args]);
  if (status !== 0) {
    // It has printed why.
    throw new SetupError("", status);
  }
}

async function compileProgram() {
  const status = await runNode(["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
  if (status !== 0) {
    throw new SetupError(
      'The program did not compile: see the lines above. "npm run build" repeats this step.',
    );
  }
  chmodSync(join(root, "dist/cli.js"), 0o755);
}

/**
 * Runs a Node program to its end and returns its exit code. Passes on signals, so that the program can clean
 * up.
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function runNode(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

/** @param {string} text */
function printLine(text) {
  process.stderr.write(`${text}\n`);
}
