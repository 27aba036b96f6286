#!/usr/bin/env node
/**
 * `npm run setup`: everything between a fresh clone and a working program. Plain JavaScript without dependencies, because it runs before
 * there are any; what comes after the npm packages is TypeScript in scripts/setup/.
 *
 *     npm run setup [-- --device auto|cpu|gpu]
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const oldestNode = 20;

/** Something the user can mend: told in one sentence, without a stack trace. */
class SetupProblem extends Error {
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
  await provideLibrary(process.argv.slice(2));
  await build();
  say('Ready: try "npx segloss sweep configs/quick.json".');
} catch (error) {
  if (!(error instanceof SetupProblem)) {
    throw error;
  }
  if (error.message !== "") {
    say(error.message);
  }
  process.exitCode = error.exitCode;
}

function checkNode() {
  const version = process.versions.node;
  if (Number.parseInt(version, 10) < oldestNode) {
    throw new SetupProblem(
      `Node ${version} is too old: segloss needs Node ${oldestNode} or newer. With nvm: "nvm install 24", or see https://nodejs.org.`,
    );
  }
}

function installPackages() {
  if (packagesMatch()) {
    return;
  }
  say("npm packages: installing from package-lock.json");
  // tfjs-node-gpu's install script would fetch another TensorFlow; nothing here needs an install script.
  const npm = process.env.npm_execpath;
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const [command, ...first] = npm?.endsWith(".js") ? [process.execPath, npm] : ["npm"];
  const done = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (done.status !== 0) {
    throw new SetupProblem(npmProblem(done.stderr ?? "", done.error));
  }
}

/**
 * Whether node_modules holds exactly what the lock file asks for on this platform.
 * @returns {boolean}
 */
function packagesMatch() {
  const wanted = readLock(join(root, "package-lock.json"));
  const installed = readLock(join(root, "node_modules/.package-lock.json"));
  const same = Object.entries(wanted).every(
    ([path, entry]) =>
      path === "" ||
      (entry.optional && !fitsHere(entry)) ||
      (installed[path]?.version === entry.version &&
        installed[path]?.integrity === entry.integrity &&
        existsSync(join(root, path, "package.json"))),
  );
  return same && Object.keys(installed).every((path) => path in wanted);
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[]}>}
 */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return {};
  }
}

/** @param {{os?: string[], cpu?: string[], libc?: string[]}} entry */
function fitsHere({ os, cpu, libc }) {
  return (
    (os?.includes(process.platform) ?? true) &&
    (cpu?.includes(process.arch) ?? true) &&
    (libc?.includes("glibc") ?? true)
  );
}

/**
 * @param {string} stderr
 * @param {Error | undefined} failure
 */
function npmProblem(stderr, failure) {
  if (failure !== undefined) {
    return `npm could not be started (${failure.message}): install Node with npm, then run "npm run setup" again.`;
  }
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|network/i.test(stderr)) {
    return 'No network: the npm registry could not be reached for the npm packages. Check the connection or proxy ("npm config get registry"), then run "npm run setup" again.';
  }
  if (/ENOSPC/.test(stderr)) {
    return 'The disk is full: free about 500 MB for node_modules, then run "npm run setup" again.';
  }
  return `npm ci failed. Run "npm ci --ignore-scripts" to see it all. It ended with:\n${stderr.trim().split("\n").slice(-6).join("\n")}`;
}

/** @param {string[]} args */
async function provideLibrary(args) {
  const status = await runNode(["node_modules/tsx/dist/cli.mjs", "scripts/setup/provide.ts", ...args]);
  if (status !== 0) {
    // It has said why.
    throw new SetupProblem("", status);
  }
}

async function build() {
  const status = await runNode(["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
  if (status !== 0) {
    throw new SetupProblem(
      'The program did not compile: see the lines above. "npm run build" repeats this step.',
    );
  }
  chmodSync(join(root, "dist/cli.js"), 0o755);
}

/**
 * Runs a Node program to its end and passes on the signals that tell set-up to stop; the program cleans up after itself.
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
function runNode(args) {
  const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1)));
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}
