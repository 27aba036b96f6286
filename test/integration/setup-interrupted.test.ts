import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { hasAddons } from "../../src/setup/addons.js";
import { isComplete } from "../../src/setup/library.js";
import { removeAbandonedFolders } from "../../src/setup/partial-folder.js";
import { createSmallLibrary } from "../helpers/packs.js";
import { createSandbox, fakePython, startNode, startSetup } from "../helpers/sandbox.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

/** A pip that never ends. It has begun a download when `downloading` in the cache holds its process id. */
const endlessPython = fakePython(
  'echo part > "$dest/tensorflow.whl.part"; echo $$ > "$SEGLOSS_CACHE/downloading"; exec /bin/sleep 60',
);

/** Waits for endlessPython's download and returns its process id. */
async function waitForDownload(cache: string): Promise<number> {
  const file = join(cache, "downloading");
  for (;;) {
    const id = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (id > 0) {
      return id;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("A set-up that is killed during a download leaves only a partial folder, which the next one removes", async () => {
  const { env, cache } = createSandbox({ "g++": "exit 0", python3: endlessPython });
  const { child, ended } = startSetup(env, "--device", "cpu");
  const pip = await waitForDownload(cache);
  child.kill("SIGKILL");
  process.kill(pip);
  await ended;
  const left = readdirSync(cache).filter((name) => name !== "downloading");
  assert.equal(left.length, 1);
  assert.match(left[0] ?? "", /^partial-/);
  await removeAbandonedFolders(cache);
  assert.deepEqual(readdirSync(cache), ["downloading"]);
});

test("A set-up that is interrupted removes its partial folder and ends with exit code 130", async () => {
  const { env, cache } = createSandbox({ "g++": "exit 0", python3: endlessPython });
  const { child, ended } = startSetup(env, "--device", "cpu");
  await waitForDownload(cache);
  child.kill("SIGINT");
  assert.equal((await ended).code, 130);
  assert.deepEqual(readdirSync(cache), ["downloading"]);
});

/** Sums the bytes of the unfinished files in a folder. */
function partialBytes(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.parentPath.includes("/partial-"))
    .reduce(
      (sum, { parentPath, name }) =>
        sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

/** Starts a process that packs or installs, and kills it as soon as it has written this many bytes. */
async function killAfter(bytes: number, folder: string, ...words: readonly string[]): Promise<void> {
  await removeAbandonedFolders(folder);
  const { child, ended } = startNode(
    ["--import", "tsx", "test/helpers/install-pack.ts", ...words],
    process.env,
  );
  while (partialBytes(folder) < bytes) {
    assert.equal(child.exitCode, null, "it ended before it was killed");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.kill("SIGKILL");
  await ended;
}

/** Packs or installs on a disk that takes no more than some bytes of a file, and returns what is printed. */
function runOnFullDisk(kilobytes: number, ...words: readonly string[]): string {
  const script = `trap "" XFSZ; ulimit -f ${kilobytes}; exec "$0" --import tsx test/helpers/install-pack.ts "$@"`;
  const { stderr, status } = spawnSync("bash", ["-c", script, process.execPath, ...words], {
    encoding: "utf8",
  });
  assert.equal(status, 1, stderr);
  return stderr;
}

test("Packing and installing a pack, killed at any moment or on a full disk, leave nothing that looks complete, and are completed later", async () => {
  const folder = createTemporaryFolder("killed");
  const [source, target] = [join(folder, "source"), join(folder, "target")];
  // Incompressible, so that packing and unpacking take long enough to be killed within.
  const library = await createSmallLibrary(source, {
    "tensorflow/libtensorflow_cc.so.2": randomBytes(40e6),
    "tensorflow/libtensorflow_framework.so.2": randomBytes(5e6),
  });
  const pack = join(folder, "pack");
  const name = basename(library.folder);
  for (const bytes of [1, 15e6]) {
    await killAfter(bytes, folder, "pack", pack, source);
    assert.ok(!existsSync(pack));
  }
  const run = (...words: readonly string[]) =>
    startNode(["--import", "tsx", "test/helpers/install-pack.ts", ...words], process.env).ended;
  assert.match(runOnFullDisk(20_000, "pack", pack, source), /EFBIG/);
  assert.ok(!existsSync(pack));
  assert.equal((await run("pack", pack, source)).code, 0);
  assert.deepEqual(readdirSync(folder).toSorted(), ["pack", "source"]);
  mkdirSync(target);
  for (const bytes of [1, 15e6, 42e6]) {
    await killAfter(bytes, target, "install", pack, target);
    assert.ok(!existsSync(join(target, name)));
  }
  assert.match(runOnFullDisk(20_000, "install", pack, target), /EFBIG/);
  assert.ok(!existsSync(join(target, name)));
  assert.equal((await run("install", pack, target)).code, 0);
  assert.ok(isComplete(join(target, name)) && hasAddons(join(target, name)));
  await removeAbandonedFolders(target);
  assert.deepEqual(readdirSync(target), [name]);
});
