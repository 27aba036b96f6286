import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { temporaryFolder } from "../helpers/configs.js";
import { segloss } from "../helpers/program.js";

// A sweep of 24 runs by several processes, as machines that share a folder train it.

const config = {
  batchNorm: [false, true],
  loss: ["cce", "dice", "dicefg"],
  runs: 4,
  steps: 301,
  imageSize: 8,
  monitor: ["cce", "dice"],
  validationImages: 4,
};
const home = temporaryFolder();
const flags = ["--device", "cpu", "--jobs", "1"];

function sweep(out: string, ...words: readonly string[]) {
  return segloss(["sweep", "c.json", "--out", out, ...flags, ...words], home);
}

/** Returns the text of every CSV below a folder, by its path. */
function csvsIn(out: string): Readonly<Record<string, string>> {
  const folder = join(home, out);
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".csv"),
  );
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

before(async () => {
  writeFileSync(join(home, "c.json"), JSON.stringify(config));
  const { code, err } = await sweep("plain");
  assert.equal(code, 0, err);
});

test("Four shards that are trained at the same time, put together by a plain sweep, have the bytes of a plain sweep", async () => {
  const shards = await Promise.all([1, 2, 3, 4].map((index) => sweep("shards", "--shard", `${index}/4`)));
  for (const [index, { code, err }] of shards.entries()) {
    assert.equal(code, 0, err);
    assert.match(err, new RegExp(`^shard ${index + 1} of 4: 6 of 24 runs\n`));
    assert.match(
      err,
      /shard \d of 4: all done\. When all shards are: node .*cli\.js sweep c\.json --out shards/,
    );
  }
  assert.ok(!existsSync(join(home, "shards/summary.csv")), "a shard writes no summary");
  const { code, err } = await sweep("shards");
  assert.deepEqual([code, err], [0, "6 cells, 24 runs: all done in shards\n"]);
  assert.deepEqual(csvsIn("shards"), csvsIn("plain"));
  assert.ok(readdirSync(join(home, "shards")).every((name) => !/\.lock|\.tmp/.test(name)));
});

test("While a shard is at work, the same shard, the whole sweep and other divisions are refused", async () => {
  const first = sweep("busy", "--shard", "1/2", "--steps", "20000");
  while (!existsSync(join(home, "busy/sweep.1-of-2.lock"))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const words of [["--shard", "1/2"], [], ["--shard", "2/3"], ["--shard", "2/2", "--only", "run=0"]]) {
    const { code, err } = await sweep("busy", "--steps", "20000", ...words);
    assert.equal(code, 2, err);
    assert.match(err, /sweep\.1-of-2\.lock: another sweep, process \d+ on .*, is using this folder\n$/);
  }
  assert.equal((await first).code, 0);
});

test("Another number of shards later trains only what is left", async () => {
  assert.equal((await sweep("later", "--shard", "2/3")).code, 0);
  for (const index of [1, 2]) {
    assert.equal((await sweep("later", "--shard", `${index}/2`)).code, 0);
  }
  const { code, err } = await sweep("later");
  assert.deepEqual([code, err], [0, "6 cells, 24 runs: all done in later\n"]);
  assert.deepEqual(csvsIn("later"), csvsIn("plain"));
});
