import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  createSweepFile,
  growSweepFile,
  readEarlierConfigs,
  readSweepFile,
} from "../../../src/results/sweep/sweep-file.js";
import { configOf, temporaryFolder } from "../../helpers/configs.js";

const before = configOf({ runs: 2, steps: 3 });
const now = configOf({ runs: 3, steps: 3 });

test("Two shards that grow a folder one after the other keep the config before, and only that", () => {
  const folder = temporaryFolder();
  createSweepFile(folder, before);
  const text = readFileSync(join(folder, "sweep.json"), "utf8");
  // Both have seen that the folder has to grow before either of them has written.
  assert.equal(growSweepFile(folder, now), "sweep-1.json");
  assert.equal(growSweepFile(folder, now), "sweep-1.json");
  assert.deepEqual(readdirSync(folder), ["sweep-1.json", "sweep.json"]);
  assert.equal(readFileSync(join(folder, "sweep-1.json"), "utf8"), text);
  const stored = readSweepFile(folder);
  assert.deepEqual("config" in stored && stored.config, now);
});

test("Every growth keeps the config before it", () => {
  const folder = temporaryFolder();
  createSweepFile(folder, before);
  growSweepFile(folder, now);
  assert.equal(growSweepFile(folder, configOf({ runs: 4, steps: 3 })), "sweep-2.json");
  assert.deepEqual(readEarlierConfigs(folder), [before, now]);
});
