import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeglossError } from "../../../src/errors.js";
import { withMemoryAdvice } from "../../../src/runner/workers/memory-advice.js";
import type { Trainer, TrainingSession } from "../../../src/study/training.js";
import { runOf } from "../../helpers/training.js";

/** A trainer whose steps fail with a message of TensorFlow's. */
function failing(message: string): Trainer {
  const progress: TrainingSession = {
    next() {
      throw new Error(message);
    },
    snapshot: () => ({ step: 0, tensors: [] }),
    drop() {},
    close() {},
  };
  return { train: () => progress, close() {} };
}

function steps(message: string, runs: number): () => unknown {
  const progress = withMemoryAdvice(failing(message)).train(Array.from({ length: runs }, () => runOf()));
  return () => progress.next();
}

const messages = [
  "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 1073741824 bytes.",
  "OOM when allocating tensor with shape[54,60,2382] and type float on /device:GPU:0",
  "Failed to allocate request for 2.00GiB on device ordinal 0: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
];

describe("A card whose memory does not do", () => {
  for (const message of messages) {
    it(`is told with half as many lanes as remedy: ${message.slice(0, 30)}`, () => {
      assert.throws(steps(message, 54), (error) => {
        assert.ok(error instanceof SeglossError);
        assert.match(error.message, /^the GPU's memory does not hold 54 runs: .*"--lanes 27"/);
        return true;
      });
    });
  }

  it("is told otherwise of a single run", () => {
    assert.throws(steps(messages[0] ?? "", 1), /does not hold 1 run: free some of it/);
  });

  it("is not blamed for other failures", () => {
    assert.throws(
      steps("INVALID_ARGUMENT: ROOM temperature", 54),
      /^Error: INVALID_ARGUMENT: ROOM temperature/,
    );
  });
});
