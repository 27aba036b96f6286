import assert from "node:assert/strict";
import { test } from "node:test";
import { studyLosses } from "../../src/study/losses.js";
import { testParameters, testPixels, testRows } from "../../src/study/self-test/expected-numbers.js";
import { selfTest, verdict } from "../../src/study/self-test/self-test.js";
import { loadTensorFlow, tf } from "../../src/tensorflow/backend.js";
import { fixture, lossOf, lossOrder, weightsOf } from "../helpers/fixture.js";
import { errorOfLargest } from "../helpers/training.js";

await loadTensorFlow({ threads: 1 });

test("The self-test passes with and without XLA, and keeps no tensor", async () => {
  const before = tf.memory().numTensors;
  for (const xla of [false, true]) {
    const { ok, detail } = await selfTest({ xla });
    assert.ok(ok, detail);
    assert.match(detail, /^20 losses and norms of 2 compiled steps agree .* to \d\.\de-\d$/);
  }
  assert.equal(tf.memory().numTensors, before);
});

test("The self-test fails if one number is 2e-4 off or NaN", () => {
  const numbers = Float32Array.from(testRows.flat());
  assert.equal(verdict(numbers).ok, true);
  for (const factor of [1.0002, 0.9998, Number.NaN]) {
    const wrong = numbers.map((value, index) => (index === 13 ? value * factor : value));
    assert.equal(verdict(wrong).ok, false);
  }
});

test("The self-test's numbers are those of the fixture", () => {
  assert.ok(errorOfLargest(testPixels, fixture.small.values.slice(0, 256)) < 1e-5);
  assert.ok(errorOfLargest(testParameters, weightsOf(1)) < 1e-5);
  const item = fixture.cases.find(
    ({ images, bn, threshold, optimizer, train_loss }) =>
      images === "small" &&
      bn === 1 &&
      threshold === 0.5 &&
      optimizer === "adam" &&
      lossOf(train_loss) === "dicefg",
  );
  const inOrder = (values: readonly number[]) => studyLosses.map((name) => values[lossOrder.indexOf(name)]);
  for (const [step, row] of testRows.entries()) {
    const wanted = [
      ...inOrder(item?.losses_adam_tf1?.[step] ?? []),
      ...inOrder(item?.norms_adam_tf1?.[step] ?? []),
    ];
    assert.deepEqual(
      row,
      wanted.map((value) => Number(value?.toFixed(7))),
    );
  }
});
