import assert from "node:assert/strict";
import { type ExecFileException, execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findNativeLibrary } from "../../src/tensorflow/native/library.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

// Packs segloss and uses the installed package as a user does who may write only at home, with a network and without one. A
// root-owned prefix and a user without rights need root; elsewhere the test runs as the user who runs it.

const root = fileURLToPath(new URL("../../", import.meta.url));
const cli = join(root, "dist/cli.js");
const folder = createTemporaryFolder("package");
const prefix = join(folder, "prefix");
const home = join(folder, "home");
const offlineHome = join(folder, "offline");
const pack = join(home, "cpu.tar.br");
const program = join(prefix, "bin/segloss");
const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: 65534, gid: 65534 } : {};
const long = { timeout: 600_000 };

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(
  command: string,
  words: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly uid?: number;
    readonly gid?: number;
  } = {},
): Promise<Result> {
  return new Promise((resolve) => {
    execFile(command, words, { maxBuffer: 1e8, ...options }, (error: ExecFileException | null, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err }),
    );
  });
}

/** Runs the installed program as the user, with nothing of this test's environment but what is given. */
function segloss(env: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<Result> {
  return run(program, words, { cwd: home, env: userEnvironment(env), ...user });
}

/** Runs the installed program as a user of a machine without a network, with a home of its own. */
async function seglossOffline(
  [command, ...before]: readonly [string, ...string[]],
  ...words: readonly string[]
): Promise<Result> {
  return run(command, [...before, program, ...words], {
    cwd: offlineHome,
    env: userEnvironment({ HOME: offlineHome }),
  });
}

function userEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;
  return { PATH, HOME: home, NO_COLOR: "1", SEGLOSS_SYSTEM_CACHE: "", ...env };
}

/** Fills a cache of the user with hard links to a library, without its addons; on another disk with copies. */
async function linkLibrary(library: string, target: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const linked = await run("cp", ["-al", library, target]);
  assert.equal(linked.code === 0 ? 0 : (await run("cp", ["-a", library, target])).code, 0, linked.err);
  for (const name of readdirSync(target).filter((entry) => entry.startsWith("binding-"))) {
    rmSync(join(target, name), { recursive: true });
  }
  await run("find", [join(home, ".cache"), "-type", "d", "-exec", "chmod", "a+rwx", "{}", "+"]);
}

test("The package holds what runs and nothing else, and installs without install scripts", long, async () => {
  chmodSync(folder, 0o755);
  for (const path of [home, offlineHome]) {
    mkdirSync(path);
    chmodSync(path, 0o777);
  }
  const packed = await run(process.execPath, [
    "--import",
    import.meta.resolve("tsx"),
    join(root, "scripts/pack.ts"),
    folder,
  ]);
  assert.equal(packed.code, 0, packed.err);
  const tarball = packed.out.trim();
  assert.ok(statSync(tarball).size < 1.5e6, `${statSync(tarball).size} bytes`);
  const { out } = await run("tar", ["-tzf", tarball]);
  const tops = new Set(
    out
      .trim()
      .split("\n")
      .map((path) => path.split("/")[1]),
  );
  const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  assert.deepEqual([...tops].toSorted(), ["LICENSE", "README.md", "package.json", ...files].toSorted());
  assert.doesNotMatch(out, /(?<!\.d)\.ts$|tsbuildinfo|\.map$|dist\/commands\/program\.d\.ts/m);
  const installed = await run("npm", [
    "install",
    "--global",
    "--prefix",
    prefix,
    "--no-audit",
    "--no-fund",
    tarball,
  ]);
  assert.equal(installed.code, 0, installed.err);
  const manifest = JSON.parse(readFileSync(join(prefix, "lib/node_modules/segloss/package.json"), "utf8"));
  assert.deepEqual(
    [manifest.private, manifest.scripts, manifest.devDependencies],
    [undefined, undefined, undefined],
  );
});

test("Before set-up the installed program names the command that works for it", long, async () => {
  const { code, err } = await segloss({}, "run", "--steps", "1");
  assert.deepEqual([code, err], [3, 'segloss: TensorFlow is not set up: run "segloss setup".\n']);
});

test(
  "segloss setup compiles the addons for a user who may not write to the package's folder",
  long,
  async () => {
    // The download is tested by the set-up of this clone.
    const library = findNativeLibrary();
    assert.ok(library !== undefined, "run npm run setup before the tests");
    await linkLibrary(library.folder, join(home, ".cache/segloss", basename(library.folder)));
    const before = readdirSync(join(prefix, "lib/node_modules/segloss"), { recursive: true }).length;
    const { code, err } = await segloss({}, "setup", "--device", library.variant);
    assert.equal(code, 0, err);
    assert.match(err, /compiling tfjs's addon/);
    assert.equal(readdirSync(join(prefix, "lib/node_modules/segloss"), { recursive: true }).length, before);
  },
);

test(
  "On a machine without a network, a pack made elsewhere sets up, and a shipped config has the clone's bytes",
  long,
  async (context) => {
    const words = ["sweep", "quick", "--steps", "300"];
    const packed = await segloss({}, "setup", "--device", "cpu", "--pack", pack);
    assert.equal(packed.code, 0, packed.err);
    assert.match(
      packed.err,
      /cpu\.tar\.br: 1\d\d MB, sha256 [0-9a-f]{64}\nIt needs .*glibc 2\.\d+ or newer and Node 20/,
    );
    const offline = await wordsWithoutNetwork();
    if (offline === undefined) {
      context.skip("no network namespace can be created here");
      return;
    }
    const setUp = await seglossOffline(offline, "setup", "--from", pack);
    assert.equal(setUp.code, 0, setUp.err);
    const doctor = await seglossOffline(offline, "doctor", "--json");
    const findings: { name: string; state: string; detail: string }[] = JSON.parse(doctor.out).findings;
    assert.deepEqual(
      findings.filter(({ state }) => state !== "ok"),
      [],
    );
    const commit = await run("git", ["-C", root, "rev-parse", "--short=7", "HEAD"]);
    assert.ok(findings.some(({ name, detail }) => name === "segloss" && detail.includes(commit.out.trim())));
    const swept = await seglossOffline(offline, ...words);
    assert.equal(swept.code, 0, swept.err);
    const out = join(folder, "clone");
    const clone = await run(process.execPath, [cli, ...words, "--out", out]);
    assert.equal(clone.code, 0, clone.err);
    const csvs = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((path) =>
      /run-\d+\.csv$/.test(path),
    );
    assert.equal(csvs.length, 12);
    for (const path of csvs) {
      const own = readFileSync(join(offlineHome, "runs/quick", path), "utf8");
      assert.equal(own, readFileSync(join(out, path), "utf8"), path);
    }
  },
);

/**
 * Returns the command that starts another without a network, as the user; undefined where the system does not allow it.
 */
async function wordsWithoutNetwork(): Promise<[string, ...string[]] | undefined> {
  const words: [string, ...string[]] = isRoot
    ? ["unshare", "--net", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    : ["unshare", "--net", "--map-root-user"];
  const [command, ...others] = words;
  return (await run(command, [...others, "true"])).code === 0 ? words : undefined;
}
test(
  "The examples of docs/api.md run from the installed package, and its types are complete",
  long,
  async () => {
    const page = readFileSync(join(root, "docs/api.md"), "utf8");
    const examples = [...page.matchAll(/<!-- example: (\S+)\.mjs -->\n\n((?: {4}.*\n|\n)+)/g)];
    assert.equal(examples.length, 3);
    const expected: Readonly<Record<string, RegExp>> = {
      sweep: /^(adam-nobn-t0\.5-(cce|dice)\/run-0: mean Dice loss 0\.\d{3}\n){2}$/,
      run: /^below 0\.3 at step \d+\n$/,
      compiler: /^999000 \[ 1000 \]\n$/,
    };
    for (const [, name = "", code = ""] of examples) {
      const file = join(prefix, "lib", `${name}.mts`);
      writeFileSync(file, code.replaceAll(/^ {4}/gm, ""));
      writeFileSync(file.replace(/mts$/, "mjs"), code.replaceAll(/^ {4}/gm, ""));
      const env = { PATH: process.env.PATH, HOME: home };
      const words = [file.replace(/mts$/, "mjs")];
      const { code: status, out, err } = await run(process.execPath, words, { cwd: home, env, ...user });
      assert.equal(status, 0, err);
      assert.match(out, expected[name] ?? /^$/);
    }
    const typescript = join(root, "node_modules/typescript/bin/tsc");
    const types = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--types",
      "node",
    ];
    const files = ["sweep", "run"].map((name) => join(prefix, "lib", `${name}.mts`));
    const roots = ["--typeRoots", join(root, "node_modules/@types")];
    const words = [typescript, ...types, ...roots, ...files];
    const checked = await run(process.execPath, words, { cwd: join(prefix, "lib") });
    assert.equal(checked.code, 0, checked.out);
  },
);

test("A home that cannot be written is reported by set-up with the variable that helps", long, async () => {
  const { code, err } = await segloss({ HOME: "/proc" }, "setup", "--device", "cpu");
  assert.equal(code, 1);
  assert.match(err, /^segloss: \/proc\/\.cache.*SEGLOSS_CACHE=\/some\/folder segloss setup"\.\n$/);
});

test(
  "One set-up serves every version of Node, also from a cache that cannot be written",
  long,
  async (context) => {
    const line = ["run", "--steps", "20", "--batch-norm"];
    const reference = await segloss({}, ...line);
    assert.equal(reference.code, 0, reference.err);
    await run("chmod", ["-R", "a-w", join(home, ".cache")]);
    const versions = ["22", "24", "26"];
    const install = (version: string) =>
      run("npm", [
        ...["install", "--no-save", "--no-audit", "--no-fund", "--prefix", join(folder, `node-${version}`)],
        `node@${version}`,
      ]);
    const installed = await Promise.all(versions.map(install));
    for (const [index, version] of versions.entries()) {
      if (installed[index]?.code !== 0) {
        context.skip(`Node ${version} cannot be installed here`);
        return;
      }
      const path = join(folder, `node-${version}`, "node_modules/.bin");
      const { code, out, err } = await segloss({ PATH: `${path}:/usr/bin:/bin` }, ...line);
      assert.equal(code, 0, err);
      assert.equal(out, reference.out, `Node ${version}`);
    }
  },
);
