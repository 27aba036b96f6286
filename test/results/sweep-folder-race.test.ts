import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const durable = new URL("../../src/results/fs/durable.ts", import.meta.url).href;

test("processes that create the same folders at the same moment all succeed", async (context) => {
  const home = mkdtempSync(join(tmpdir(), "segloss-race-"));
  context.after(() => rmSync(home, { recursive: true }));
  const count = 200;
  const start = Date.now() + 3000;
  // Both create each folder at an agreed time; otherwise one would only follow the other.
  const work = `import { createFolder } from ${JSON.stringify(durable)};
    for (let cell = 0; cell < ${count}; cell++) {
      while (Date.now() < ${start} + cell * 2) {}
      createFolder(${JSON.stringify(home)} + "/" + cell);
    }`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", work];
  await Promise.all([0, 1].map(() => promisify(execFile)(process.execPath, args)));
  assert.equal(readdirSync(home).length, count);
});
