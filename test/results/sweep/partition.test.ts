import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { gridRuns } from "../../../src/config/grid.js";
import { divisionId, maxShards, partitionRuns } from "../../../src/results/sweep/partition.js";
import { signatureKey } from "../../../src/study/lanes/step-signature.js";
import type { Run } from "../../../src/study/run.js";
import { configOf } from "../../helpers/configs.js";

function runsOf(file: string): readonly Run[] {
  const url = new URL(`../../../configs/${file}`, import.meta.url);
  return gridRuns(configOf(JSON.parse(readFileSync(url, "utf8"))));
}

const full = runsOf("full.json");

test("Shards have every run once, in the order of the grid, whatever their number", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (count) => {
      const shards = partitionRuns(full, count, "cpu");
      assert.equal(shards.length, count);
      assert.deepEqual(new Set(shards.flatMap(({ runs }) => runs)), new Set(full));
      assert.equal(
        shards.reduce((total, { runs }) => total + runs.length, 0),
        full.length,
      );
      for (const { runs } of shards) {
        const places = runs.map((run) => full.indexOf(run));
        assert.deepEqual(
          places,
          places.toSorted((a, b) => a - b),
        );
      }
    }),
    { numRuns: 30 },
  );
});

test("Shards of the study's grids are balanced to 15 % where they have at least three runs", () => {
  for (const file of ["full.json", "original.json"]) {
    const runs = runsOf(file);
    for (let count = 2; count <= 64; count++) {
      const shards = partitionRuns(runs, count, "cpu");
      if (shards.every((shard) => shard.runs.length >= 3)) {
        const costs = shards.map(({ cost }) => cost);
        const mean = costs.reduce((total, cost) => total + cost, 0) / count;
        const ratio = Math.max(...costs) / mean;
        assert.ok(ratio <= 1.15, `${file} in ${count}: the longest is ${ratio} of the mean`);
      }
    }
  }
});

test("Of two steps and two shards, each shard compiles one", () => {
  const runs = gridRuns(configOf({ evaluateEvery: [50, 100], runs: 4, steps: 100 }));
  const shards = partitionRuns(runs, 2, "cpu");
  assert.deepEqual(
    shards.map((shard) => new Set(shard.runs.map(signatureKey)).size),
    [1, 1],
  );
});

test("Runs of the same images stay in one shard where the balance allows it", () => {
  const runs = gridRuns(configOf({ loss: ["cce", "dice", "focal", "tversky"], runs: 4, steps: 100 }));
  const shards = partitionRuns(runs, 4, "cpu");
  assert.deepEqual(
    shards.map((shard) => new Set(shard.runs.map(({ repetition }) => repetition)).size),
    [1, 1, 1, 1],
  );
});

test("On a GPU all runs of a compiled step are in one shard", () => {
  const shards = partitionRuns(full, 2, "gpu");
  assert.equal(maxShards(full, "gpu"), 2);
  assert.deepEqual(
    shards.map((shard) => [shard.runs.length, new Set(shard.runs.map(signatureKey)).size]),
    [
      [90, 1],
      [90, 1],
    ],
  );
});

test("A division is identified by its runs, its number of shards and its kind of device", () => {
  const idOf = (runs: readonly Run[], count: number, device: "cpu" | "gpu" = "cpu") =>
    divisionId(partitionRuns(runs, count, device), device);
  assert.equal(idOf(full, 4), idOf([...full], 4));
  const others = [idOf(full, 5), idOf(full.slice(1), 4), idOf(full, 2), idOf(full, 2, "gpu")];
  assert.equal(new Set([idOf(full, 4), ...others]).size, 5);
});
