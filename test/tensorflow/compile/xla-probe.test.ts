import assert from "node:assert/strict";
import { test } from "node:test";
import { backend, loadTensorFlow, tf } from "../../../src/tensorflow/backend.js";
import { probeXla } from "../../../src/tensorflow/compile/xla-probe.js";

await loadTensorFlow({ threads: 1 });

test("probeXla returns undefined where XLA compiles, and keeps nothing", () => {
  const count = () => [tf.memory().numTensors, backend().binding.getNumOfSavedModels()];
  const before = count();
  assert.equal(probeXla(), undefined);
  assert.deepEqual(count(), before);
});

test("probeXla returns the first line of TensorFlow's reason where XLA does not compile", (context) => {
  const why = "libdevice not found at ./libdevice.10.bc\nand more";
  context.mock.method(backend(), "runSavedModel", () => {
    throw new Error(why);
  });
  const before = tf.memory().numTensors;
  assert.equal(probeXla(), "libdevice not found at ./libdevice.10.bc");
  assert.equal(tf.memory().numTensors, before);
});
