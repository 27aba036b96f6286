import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const writer = new URL("../../src/results/csv-writer.ts", import.meta.url).href;

test("workers that begin runs of the same cells at the same moment all find their folders", async (context) => {
  const home = mkdtempSync(join(tmpdir(), "segloss-race-"));
  context.after(() => rmSync(home, { recursive: true }));
  const count = 200;
  const start = Date.now() + 3000;
  // Each step at an agreed time: else one would only follow in the other's track.
  const work = `import { makeFolder } from ${JSON.stringify(writer)};
    for (let cell = 0; cell < ${count}; cell++) {
      while (Date.now() < ${start} + cell * 2) {}
      makeFolder(${JSON.stringify(home)} + "/" + cell);
    }`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", work];
  await Promise.all([0, 1].map(() => promisify(execFile)(process.execPath, args)));
  assert.equal(readdirSync(home).length, count);
});
