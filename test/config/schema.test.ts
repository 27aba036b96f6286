import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gridRuns } from "../../src/config/grid.js";
import { loadConfig } from "../../src/config/load.js";
import { configKeys, ruleOf } from "../../src/config/parameters.js";
import { studyCell } from "../../src/study/run.js";
import { configOf } from "../helpers/configs.js";

const folder = new URL("../../configs/", import.meta.url);

test("The defaults of the table of parameters are those of an empty config", () => {
  const config = configOf({});
  for (const key of configKeys) {
    assert.deepEqual(ruleOf(key).default, config[key], key);
  }
});

test("Without a config a cell is the study's", () => {
  const config = configOf({});
  assert.deepEqual({ ...studyCell, ...config }, config);
  assert.deepEqual(Object.keys(studyCell), Object.keys(config).slice(0, Object.keys(studyCell).length));
});

test("Every config that comes with the program is free of mistakes and names the schema", () => {
  for (const name of readdirSync(folder).filter((file) => file !== "schema.json")) {
    const file = new URL(name, folder);
    assert.equal(JSON.parse(readFileSync(file, "utf8")).$schema, "./schema.json", name);
    const loaded = loadConfig(file.pathname);
    assert.ok("config" in loaded, JSON.stringify(loaded));
  }
});

test("The original has its 108 runs, the full study its 180", () => {
  const runs = (name: string) => {
    const loaded = loadConfig(new URL(name, folder).pathname);
    return "config" in loaded ? gridRuns(loaded.config).length : 0;
  };
  assert.equal(runs("original.json"), 108);
  assert.equal(runs("full.json"), 180);
});
