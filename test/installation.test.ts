import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { loadConfig } from "../src/config/load.js";
import { findConfigFile, seglossCommandLine, setupCommandLine, shippedConfigs } from "../src/installation.js";
import { createTemporaryFolder } from "./helpers/temporary-folder.js";

test("Every shipped config is found by its name and is valid", () => {
  assert.ok(shippedConfigs().includes("quick") && !shippedConfigs().includes("schema"));
  for (const name of shippedConfigs()) {
    assert.ok("config" in loadConfig(findConfigFile(name)), name);
  }
});

test("A file has precedence over the shipped config of its name, and a folder has not", (context) => {
  const before = process.cwd();
  context.after(() => process.chdir(before));
  process.chdir(createTemporaryFolder("shipped"));
  mkdirSync("full");
  writeFileSync("quick", "{}");
  assert.equal(findConfigFile("quick"), "quick");
  assert.match(findConfigFile("full"), /configs.full\.json$/);
  assert.equal(findConfigFile("none"), "none");
});

test("A misspelled name gets the nearest shipped config as a proposal", () => {
  const loaded = loadConfig("quik");
  assert.ok("problems" in loaded);
  assert.equal(loaded.problems[0]?.meant, "quick");
});

test("Messages name the commands of a clone: its npm script for set-up, npx for the rest", () => {
  assert.equal(setupCommandLine(), "npm run setup");
  assert.equal(setupCommandLine("--device", "gpu"), "npm run setup -- --device gpu");
  assert.equal(seglossCommandLine("doctor"), "npx segloss doctor");
});
