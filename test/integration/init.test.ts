import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { segloss } from "../helpers/program.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const folder = createTemporaryFolder("init");

test("segloss init writes a config that sweeps, and leaves an existing file alone", async () => {
  const { code, err } = await segloss(["init", "mine"], folder);
  assert.equal(code, 0, err);
  assert.match(
    err,
    /^mine\.json is written\. To list its runs: node \S+cli\.js sweep mine\.json --dry-run\n$/,
  );
  const listed = await segloss(["sweep", "mine.json", "--dry-run"], folder);
  assert.equal(listed.code, 0, listed.err);
  assert.match(listed.out + listed.err, /12 runs/);
  const text = readFileSync(join(folder, "mine.json"), "utf8");
  const again = await segloss(["init", "mine.json"], folder);
  assert.equal(again.code, 2);
  assert.match(again.err, /^segloss: mine\.json exists already: give another name/);
  assert.equal(readFileSync(join(folder, "mine.json"), "utf8"), text);
  assert.equal((await segloss(["init", "nowhere/mine"], folder)).code, 1);
});
