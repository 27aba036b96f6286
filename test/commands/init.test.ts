import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { exampleConfig } from "../../src/commands/init.js";
import { overrideConfig } from "../../src/config/load.js";
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
