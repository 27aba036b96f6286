import assert from "node:assert/strict";
import { test } from "node:test";
import { irwinHallQuantile } from "../../../src/study/tasks/irwin-hall.js";
import { uniformSumDistribution } from "../../helpers/reference-tasks.js";

const counts = Array.from({ length: 81 }, (_, index) => index + 1);

test("The quantiles of a sum of uniform numbers are those of the numerically integrated distribution", () => {
  for (const count of counts) {
    for (const probability of [0.001, 0.05, 0.5, 0.77, 0.95]) {
      const got = uniformSumDistribution(count, irwinHallQuantile(count, probability));
      assert.ok(Math.abs(got - probability) < 1e-5, `${count} numbers: ${got}, not ${probability}`);
    }
  }
});

test("The quantiles of a sum of uniform numbers are symmetric", () => {
  for (const count of counts) {
    const sum = irwinHallQuantile(count, 0.05) + irwinHallQuantile(count, 0.95);
    assert.ok(Math.abs(sum - count) < 1e-6, `${count} numbers: ${sum}`);
  }
});
