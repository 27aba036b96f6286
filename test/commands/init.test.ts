import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { exampleConfig } from "../../src/commands/init.js";
import { overrideConfig } from "../../src/config/load.js";
import { segloss } from "../helpers/program.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

const folder = createTemporaryFolder("init");

test("The example config is valid and has a schema that its reader finds, in a clone and elsewhere", () => {
  const config = exampleConfig(join(folder, "sweep.json")) as { readonly $schema: string };
  assert.ok("config" in overrideConfig(config, [], "sweep.json"));
  assert.ok(existsSync(fileURLToPath(config.$schema)));
  for (const file of ["sweep.json", "configs/mine.json", "runs/deep/mine.json"]) {
    const { $schema } = exampleConfig(file) as { readonly $schema: string };
    assert.match($schema, /^\.\.?\//);
    assert.equal(resolve(dirname(file), $schema), resolve("configs/schema.json"));
  }
});

test("segloss init writes a config that sweeps, and leaves an existing file alone", async () => {
  const { code, err } = await segloss(["init", "mine"], folder);
  assert.equal(code, 0, err);
  assert.match(err, /^mine\.json is written\. To list its runs: npx segloss sweep mine\.json --dry-run\n$/);
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
