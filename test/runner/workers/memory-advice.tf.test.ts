import assert from "node:assert/strict";
import { test } from "node:test";
import { SeglossError } from "../../../src/errors.js";
import { withMemoryAdvice } from "../../../src/runner/workers/memory-advice.js";
import type { Trainer, TrainingSession } from "../../../src/study/training.js";
import { runOf } from "../../helpers/training.js";

/** A trainer whose steps fail with a message of TensorFlow's. */
function failingTrainer(message: string): Trainer {
  const session: TrainingSession = {
    next() {
      throw new Error(message);
    },
    snapshot: () => ({ step: 0, tensors: [] }),
    weights: () => [],
    drop() {},
    close() {},
  };
  return { train: () => session, close() {} };
}

function steps(message: string, runs: number): () => unknown {
  const session = withMemoryAdvice(failingTrainer(message)).train(
    Array.from({ length: runs }, () => runOf()),
  );
  return () => session.next();
}

const messages = [
  "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1073741824 bytes.",
  "OOM when allocating tensor with shape[54,60,2382] and type float on /device:GPU:0",
  "Failed to allocate request for 2.00GiB on device ordinal 0: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
];

for (const message of messages) {
  test(`A GPU that runs out of memory gets the advice to halve the lanes: ${message.slice(0, 30)}`, () => {
    assert.throws(steps(message, 54), (error) => {
      assert.ok(error instanceof SeglossError);
      assert.match(error.message, /^the GPU's memory does not hold 54 runs: .*"--lanes 27"/);
      return true;
    });
  });
}

test("A GPU that runs out of memory with a single run gets the advice to free memory", () => {
  assert.throws(steps(messages[0] ?? "", 1), /does not hold 1 run: free some of it/);
});

test("Other failures on a GPU are thrown unchanged", () => {
  assert.throws(
    steps("INVALID_ARGUMENT: ROOM temperature", 54),
    /^Error: INVALID_ARGUMENT: ROOM temperature/,
  );
});
