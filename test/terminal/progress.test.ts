import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clock, fitted, status } from "../../src/terminal/progress.js";
import { openRate } from "../../src/terminal/rate.js";

test("the rate is that of the last half minute, and start-up is no part of it", () => {
  let now = 0;
  const rate = openRate(() => now);
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
  assert.ok(rate.perSecond() < 6, "it sinks while nothing comes");
});

test("the status tells runs, rate and time left", () => {
  const standing = { stepsDone: 5_000, total: 105_000, runsDone: 3, runs: 108, rate: 1_234.5 };
  assert.equal(status(standing), "3 of 108 runs, 1,235 run-steps/s, 1:22 left");
  assert.equal(status({ ...standing, runs: 1, runsDone: 0, rate: 0 }), "0 of 1 run, 0 run-steps/s, ? left");
});

test("times are hours, minutes and seconds", () => {
  assert.deepEqual([0, 0.2, 59.5, 61, 3600, 36_061].map(clock), [
    "0:00",
    "0:01",
    "1:00",
    "1:01",
    "1:00:00",
    "10:01:01",
  ]);
});

test("the bar never reaches the last column, however narrow the terminal", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 200 }),
      (share, columns) => {
        const line = fitted(share, "12 of 108 runs, 11,200 run-steps/s, 1:23 left", columns);
        assert.ok(
          line.length < Math.max(columns, 1) + (columns === 1 ? 1 : 0),
          `${line.length} in ${columns}`,
        );
        if (columns >= 70) {
          assert.match(line, /^[█░]{5,40} +\d+ % {2}12 of/);
        }
      },
    ),
  );
});
