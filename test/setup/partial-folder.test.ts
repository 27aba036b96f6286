import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openPartialFolder, removeAbandonedFolders } from "../../src/setup/partial-folder.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

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
