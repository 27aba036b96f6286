import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPartialFolder, removeAbandonedFolders } from "../../src/setup/partial-folder.js";
import { createSandbox, fakePython, startSetup } from "../helpers/sandbox.js";
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

function createFolder(cache: string, name: string, owner?: object): string {
  const folder = join(cache, name);
  mkdirSync(folder);
  if (owner !== undefined) {
    writeFileSync(join(folder, "owner.json"), JSON.stringify(owner));
  }
  return folder;
}

test("A partial folder stays while its process runs, and is removed when that has ended", async () => {
  const cache = createTemporaryFolder("cache");
  const mine = await openPartialFolder(cache);
  const owner = JSON.parse(readFileSync(join(mine.path, "../owner.json"), "utf8"));
  const ended = createFolder(cache, "partial-ended", { ...owner, pid: 999999999 });
  const reused = createFolder(cache, "partial-reused", { ...owner, started: "yesterday" });
  await removeAbandonedFolders(cache);
  assert.deepEqual([existsSync(mine.path), existsSync(ended), existsSync(reused)], [true, false, false]);
  await mine.close();
  assert.deepEqual(readdirSync(cache), []);
});

test("A partial folder of another machine, or without a known owner, is removed after a day", async () => {
  const cache = createTemporaryFolder("cache");
  const elsewhere = { pid: 1, host: `not-${hostname()}`, started: "today" };
  createFolder(cache, "partial-fresh", elsewhere);
  createFolder(cache, "partial-fresh-unknown");
  const days = Date.now() / 1000 - 2 * 24 * 3600;
  for (const folder of [
    createFolder(cache, "partial-old", elsewhere),
    createFolder(cache, "partial-unknown"),
  ]) {
    utimesSync(folder, days, days);
  }
  await removeAbandonedFolders(cache);
  assert.deepEqual(readdirSync(cache), ["partial-fresh", "partial-fresh-unknown"]);
});

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
