import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const durable = sourceOf("results/fs/durable.ts");

test("Processes that create the same folders at the same moment all succeed", async (context) => {
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

test("Two shards that begin in the same empty folder at the same moment both lock it and find one sweep.json", async (context) => {
  const home = mkdtempSync(join(tmpdir(), "segloss-race-"));
  context.after(() => rmSync(home, { recursive: true }));
  const rounds = 100;
  const start = Date.now() + 4000;
  const work = `
    const { validateConfig } = await import(${JSON.stringify(sourceOf("config/validate.ts"))});
    const { openSweepFolder } = await import(${JSON.stringify(sourceOf("results/sweep/sweep-folder.ts"))});
    const { config } = validateConfig({ runs: 2 }, { flags: new Map() });
    const index = Number(process.argv[1]);
    const shard = { part: { index, count: 2 }, division: { count: 2, device: "cpu", only: [], id: "same" } };
    for (let round = 0; round < ${rounds}; round++) {
      while (Date.now() < ${start} + round * 40) {}
      const folder = await openSweepFolder(${JSON.stringify(home)} + "/" + round, config, { shard });
      if (folder.damage.length > 0) console.log(folder.damage.join());
      await new Promise((resolve) => setTimeout(resolve, 5));
      folder.close();
    }`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", work];
  const printed = await Promise.all(
    [1, 2].map(
      async (index) => (await promisify(execFile)(process.execPath, [...args, String(index)])).stdout,
    ),
  );
  assert.deepEqual(printed, ["", ""]);
  for (let round = 0; round < rounds; round++) {
    assert.deepEqual(readdirSync(join(home, String(round))).toSorted(), ["shards.json", "sweep.json"]);
  }
});

function sourceOf(path: string): string {
  return new URL(`../../src/${path}`, import.meta.url).href;
}
