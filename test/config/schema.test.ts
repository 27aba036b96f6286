import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { runCount } from "../../src/config/grid.js";
import { loadConfig } from "../../src/config/load.js";
import { jsonSchema } from "../../src/config/schema.js";

const folder = new URL("../../configs/", import.meta.url);

test("configs/schema.json is the program's own schema: npx tsx scripts/schema.ts", () => {
  const stored = JSON.parse(readFileSync(new URL("schema.json", folder), "utf8"));
  assert.deepEqual(stored, JSON.parse(JSON.stringify(jsonSchema())));
});

test("every config is sound and names the schema", () => {
  for (const name of readdirSync(folder)) {
    if (name === "schema.json") {
      continue;
    }
    const file = new URL(name, folder);
    assert.equal(JSON.parse(readFileSync(file, "utf8")).$schema, "./schema.json", name);
    const loaded = loadConfig(file.pathname);
    assert.ok("config" in loaded, JSON.stringify(loaded));
  }
});

test("the original has its 108 runs, the full study its 180", () => {
  const runs = (name: string) => {
    const loaded = loadConfig(new URL(name, folder).pathname);
    return "config" in loaded ? runCount(loaded.config) : 0;
  };
  assert.equal(runs("original.json"), 108);
  assert.equal(runs("full.json"), 180);
});
