import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { temporaryFolder } from "../helpers/configs.js";
import { csvsIn } from "../helpers/csv-files.js";
import { segloss, segloss$ } from "../helpers/program.js";

// A sweep of 24 runs by several processes, as machines that share a folder train it.

const config = {
  batchNorm: true,
  loss: ["cce", "dice", "dicefg"],
  runs: 8,
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

before(async () => {
  writeFileSync(join(home, "c.json"), JSON.stringify(config));
  const { code, err } = await sweep("plain");
  assert.equal(code, 0, err);
});

function status(out: string) {
  return segloss(["status", out, "--json"], home);
}

test("Four shards that are trained at the same time and merged have the bytes of a plain sweep", async () => {
  const shards = await Promise.all([1, 2, 3, 4].map((index) => sweep("shards", "--shard", `${index}/4`)));
  for (const [index, { code, err }] of shards.entries()) {
    assert.equal(code, 0, err);
    assert.match(err, new RegExp(`^shard ${index + 1} of 4: 6 of 24 runs\n`));
    assert.match(err, /shard \d of 4: all done\. When all shards are: .*cli\.js merge shards\n/);
  }
  assert.ok(!existsSync(join(home, "shards/summary.csv")), "a shard writes no summary");
  const before = await segloss(["status", "shards"], home);
  assert.equal(before.code, 0);
  assert.match(before.err, /^To write the summary: .*cli\.js merge shards\n$/);
  const { code, err } = await segloss(["merge", "shards"], home);
  assert.deepEqual([code, err], [0, "24 of 24 runs are complete, and their checksums verified, in shards\n"]);
  assert.deepEqual(csvsIn(join(home, "shards")), csvsIn(join(home, "plain")));
  assert.ok(readdirSync(join(home, "shards")).every((name) => !/\.lock|\.tmp/.test(name)));
  const after = await segloss(["status", "shards"], home);
  assert.deepEqual([after.code, after.err], [0, ""]);
  assert.match(
    after.out,
    /^shards: 3 cells, 24 runs\n24 complete; 100\.0 % of the work is done\n\nshard +runs +complete +done\n1 of 4 +6 +6 +100\.0 %\n/,
  );
});

test("Two folders that were trained apart, merged, have the bytes of a plain sweep", async () => {
  for (const index of [1, 2]) {
    assert.equal((await sweep(`apart-${index}`, "--shard", `${index}/2`)).code, 0);
  }
  const alone = await segloss(["merge", "apart-1"], home);
  assert.equal(alone.code, 1);
  assert.match(alone.err, /^12 of 24 runs are complete.*\nmissing, shard 2 of 2: 12 runs: .*, and 7 more\n/);
  assert.match(
    alone.err,
    /\nTo train what is left, on any machine:\n {2}node .*cli\.js sweep apart-1 --shard 2\/2\n$/,
  );
  const { code, err } = await segloss(["merge", "apart-1", "apart-2"], home);
  assert.equal(code, 0, err);
  assert.match(err, /^apart-2: 12 runs brought in\n24 of 24 runs are complete/);
  assert.deepEqual(csvsIn(join(home, "apart-1")), csvsIn(join(home, "plain")));
});

test("A merge that waits for files ends at once when it is terminated", async () => {
  assert.equal((await sweep("waiting", "--only", "run=0")).code, 0);
  const line =
    ": > err; $segloss merge waiting 2> err & until grep -q waiting err; do sleep 0.1; done; kill -TERM $!; wait $!; code=$?; cat err >&2; exit $code";
  const { code, err } = await segloss$(line, home, { SEGLOSS_MERGE_WAIT_SECONDS: "600" });
  assert.equal(code, 143, err);
  assert.match(
    err,
    /^waiting up to \d+ s for the files of 21 runs: .*\nInterrupted: the same command merges what is left\.\n$/,
  );
  assert.ok(!existsSync(join(home, "waiting/sweep.lock")));
});

test("A run that fails is named with its message until it is trained again", async () => {
  const blocked = join(home, "failing/adam-bn-t0.5-dice/run-1.csv");
  mkdirSync(blocked, { recursive: true });
  const failing = await sweep("failing", "--only", "run=1");
  assert.equal(failing.code, 1);
  const { code, out, err } = await segloss(["status", "failing"], home);
  assert.equal(code, 1);
  assert.match(out, /\n2 complete, 1 failed, 21 missing; \d+\.\d % of the work is done\n/);
  assert.match(out, /\nfailed:\n {2}adam-bn-t0\.5-dice\/run-1: .*run-1\.csv.*: it is a folder \(on .*\)\n$/);
  assert.match(err, /^To train what is left: .*cli\.js sweep failing\n$/);
  rmdirSync(blocked);
  assert.equal((await sweep("failing", "--only", "run=1")).code, 0);
  const { runs } = JSON.parse((await status("failing")).out);
  const [run] = runs.filter(({ name }: { readonly name: string }) => name === "adam-bn-t0.5-dice/run-1");
  assert.equal(run.state, "complete");
});

test("While a shard is at work, the same shard, the whole sweep and other divisions are refused", async () => {
  const first = sweep("busy", "--shard", "1/2", "--steps", "20000");
  const busy = join(home, "busy");
  const hasRows = () =>
    existsSync(busy) &&
    readdirSync(busy, { recursive: true }).some((name) => String(name).endsWith(".partial"));
  while (!hasRows()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const words of [["--shard", "1/2"], [], ["--shard", "2/3"], ["--shard", "2/2", "--only", "run=0"]]) {
    const { code, err } = await sweep("busy", "--steps", "20000", ...words);
    assert.equal(code, 2, err);
    assert.match(err, /sweep\.1-of-2\.lock: another sweep, process \d+ on .*, is using this folder\n$/);
  }
  const merge = await segloss(["merge", "busy"], home);
  assert.deepEqual([merge.code, /is using this folder\n$/.test(merge.err)], [2, true], merge.err);
  const { code, out } = await status("busy");
  assert.equal(code, 1);
  const { total, shards, owners, runs } = JSON.parse(out);
  assert.ok(total.counts.running > 0 || total.counts.complete > 0, "it is seen to work");
  assert.deepEqual([owners.length, owners[0].state, owners[0].shard], [1, "working", "1/2"]);
  assert.deepEqual(
    shards.map(({ shard, lock }: Record<string, unknown>) => [shard, lock]),
    [
      ["1/2", "sweep.1-of-2.lock"],
      ["2/2", undefined],
    ],
  );
  for (const { state, shard, step = 0, share = 0 } of runs) {
    assert.ok(["complete", "running", "missing"].includes(state), state);
    assert.ok(state === "missing" || shard === "1/2");
    assert.ok(step <= 20_000 && share <= 1);
  }
  assert.equal((await first).code, 0);
});

test("Another number of shards later trains only what is left", async () => {
  assert.equal((await sweep("later", "--shard", "2/3")).code, 0);
  for (const index of [1, 2]) {
    assert.equal((await sweep("later", "--shard", `${index}/2`)).code, 0);
  }
  const { code, err } = await sweep("later");
  assert.deepEqual([code, err], [0, "3 cells, 24 runs: all done in later\n"]);
  assert.deepEqual(csvsIn(join(home, "later")), csvsIn(join(home, "plain")));
});
