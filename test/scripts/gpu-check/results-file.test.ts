import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Origin, readFinishedParts, writeResults } from "../../../scripts/gpu-check/results-file.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

const origin: Origin = {
  device: "gpu",
  quick: false,
  segloss: "1.0.0",
  commit: "abc",
  gpus: ["NVIDIA T0 (GPU 0)"],
  driver: "550.54",
};
const passed = { name: "a", check: "a", ok: true, lines: [], seconds: 1 };
const failed = { ...passed, name: "b", ok: false };

test("Passed parts of the same program, card and driver are continued; failed ones are not", () => {
  const file = join(createTemporaryFolder("gpu-check"), "new/results.json");
  assert.deepEqual(readFinishedParts(file, origin), []);
  writeResults(file, origin, [passed, failed], ["c"]);
  assert.deepEqual(readFinishedParts(file, origin), [passed]);
  assert.deepEqual(readFinishedParts(file, { ...origin, driver: "560.1" }), []);
  assert.deepEqual(readFinishedParts(file, { ...origin, commit: "def" }), []);
  writeFileSync(file, "half a fi");
  assert.deepEqual(readFinishedParts(file, origin), []);
});
