import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText, createStepRate, statusText } from "../../src/terminal/run-progress.js";

test("The rate is that of the last half minute, without the start-up before the first steps", () => {
  let now = 0;
  const rate = createStepRate(() => now);
  assert.equal(rate.perSecond(), 0);
  now = 5000;
  rate.add(100);
  for (let second = 6; second <= 16; second++) {
    now = second * 1000;
    rate.add(50);
  }
  assert.equal(rate.perSecond(), 50);
  for (let second = 17; second <= 60; second++) {
    now = second * 1000;
    rate.add(10);
  }
  assert.equal(rate.perSecond(), 10);
  now = 90_000;
  assert.ok(rate.perSecond() < 6, "it falls while no steps arrive");
});

test("The status has the runs, the rate and the time left, and before the first steps that they are compiled", () => {
  const status = { stepsDone: 5_000, total: 105_000, runsDone: 3, runs: 108, rate: 1_234.5 };
  assert.equal(statusText(status), "3 of 108 runs, 1,235 run-steps/s, 1:22 left");
  assert.equal(
    statusText({ ...status, runs: 1, runsDone: 0, rate: 0 }),
    "0 of 1 run, compiling the training step",
  );
});

test("Times are hours, minutes and seconds, rounded up", () => {
  assert.deepEqual([0, 0.2, 59.5, 61, 3600, 36_061].map(clockText), [
    "0:00",
    "0:01",
    "1:00",
    "1:01",
    "1:00:00",
    "10:01:01",
  ]);
});
