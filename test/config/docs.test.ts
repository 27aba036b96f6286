import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { runCount } from "../../src/config/grid.js";
import { loadConfig } from "../../src/config/load.js";
import { type Parameter, parameterKeys, parameters, settings } from "../../src/config/parameters.js";
import { lossNames } from "../../src/study/losses.js";

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

test("docs/config.md has every key with its default", () => {
  const rows = new Map(
    [...read("config.md").matchAll(/^\| `(\w+)` \|.*\| `([^`]+)` \|/gm)].map(([, key, standard]) => [
      key,
      standard,
    ]),
  );
  for (const key of parameterKeys) {
    const { default: standard } = parameters[key] as Parameter<unknown>;
    assert.equal(rows.get(key), typeof standard === "string" ? `"${standard}"` : String(standard), key);
  }
  for (const key of ["runs", "seed", "perLayer"] as const) {
    assert.equal(rows.get(key), String(settings[key].default));
  }
});

test("docs/config.md has every config with its number of runs", () => {
  const folder = new URL("../../configs/", import.meta.url);
  for (const name of readdirSync(folder).filter((file) => file !== "schema.json")) {
    const loaded = loadConfig(new URL(name, folder).pathname);
    assert.ok("config" in loaded);
    assert.ok(read("config.md").includes(`| \`configs/${name}\` | ${runCount(loaded.config)} |`), name);
  }
});

test("docs/columns.md has every loss", () => {
  for (const loss of lossNames) {
    assert.match(read("columns.md"), new RegExp(`^\\| \`${loss}\` \\|`, "m"));
  }
});
