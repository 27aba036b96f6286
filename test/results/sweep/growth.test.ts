import assert from "node:assert/strict";
import { test } from "node:test";
import { growthObstacles, isSameSweep } from "../../../src/results/sweep/growth.js";
import { configOf } from "../../helpers/configs.js";

const base = { threshold: [0.05, 0.5], loss: "cce", runs: 3 };

/** The keys that keep the base sweep from growing to the base with these changes. */
const obstacles = (changes: object) =>
  growthObstacles(configOf(base), configOf({ ...base, ...changes })).map(({ key }) => key);

test("A sweep grows to more runs, further values, and an axis that includes its value", () => {
  for (const changes of [
    { runs: 5 },
    { threshold: [0.95, 0.5, 0.05] },
    { loss: ["dice", "cce"] },
    { learningRate: [0.001, 0.01] },
    { runs: 4, filters: [2, 4], grids: [{}, { optimizer: "sgd", momentum: 0.9 }] },
  ]) {
    assert.deepEqual(obstacles(changes), [], JSON.stringify(changes));
  }
});

test("What changes or drops a run is an obstacle, named by its key", () => {
  assert.deepEqual(obstacles({ runs: 2 }), ["runs"]);
  assert.deepEqual(obstacles({ seed: 2, monitor: "cce", perLayer: true }), ["seed", "monitor", "perLayer"]);
  assert.deepEqual(obstacles({ threshold: [0.05, 0.95] }), ["threshold"]);
  assert.deepEqual(obstacles({ steps: 5, learningRate: [0.01, 0.1] }), ["steps", "learningRate"]);
  assert.deepEqual(obstacles({ grids: [{ threshold: 0.05 }, { threshold: 0.5, filters: 8 }] }), ["grids"]);
  const crossed = [
    { threshold: 0.05, filters: 8 },
    { threshold: 0.5, filters: 4 },
    { threshold: 0.05, loss: "dice" },
  ];
  assert.deepEqual(obstacles({ grids: crossed }), ["grids"]);
});

test("Configs are the same sweep if they have the same runs and the same axes, in whatever order", () => {
  assert.ok(isSameSweep(configOf(base), configOf({ ...base, threshold: [0.5, 0.05] })));
  assert.ok(!isSameSweep(configOf(base), configOf({ ...base, runs: 4 })));
  assert.ok(!isSameSweep(configOf(base), configOf({ ...base, filters: [4] })));
});
