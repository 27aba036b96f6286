import assert from "node:assert/strict";
import { test } from "node:test";
import { laneTensor } from "../../../src/study/lanes/lane-parameters.js";
import { bytesPerLane, lanesThatFit } from "../../../src/study/lanes/memory-model.js";
import { numbersPerBatch, stepSignature } from "../../../src/study/lanes/step-signature.js";
import { studyLosses } from "../../../src/study/losses.js";
import { flatLayout } from "../../../src/study/network/flat-layout.js";
import { openNetwork } from "../../../src/study/network/network.js";
import type { Cell } from "../../../src/study/run.js";
import { trainStep } from "../../../src/study/step.js";
import { initialState } from "../../../src/study/training-state.js";
import { loadTensorFlow, scoped, tf } from "../../../src/tensorflow/backend.js";
import { runOf } from "../../helpers/training.js";

await loadTensorFlow({ threads: 1 });

/** Bytes of all tensors that are there at the end of a step of so many lanes. */
function bytesOfStep(given: Partial<Cell>, losses: number, lanes: number): number {
  const run = runOf({ loss: "cce", ...given }, { monitor: studyLosses.slice(0, losses) });
  const program = stepSignature(run);
  return scoped(() => {
    const before = tf.memory().numBytes;
    const network = openNetwork(program, flatLayout(program.batchSize, program.imageSize));
    const streams = Array.from({ length: lanes }, () => ({ stream: [1, 1] as const, kink: 0 }));
    const numbers = laneTensor(
      program,
      streams.map(() => run),
    );
    const images = tf.zeros([lanes, network.layout.length + 2 * network.imageHalo]);
    const further = { numbers: tf.zeros([lanes, numbersPerBatch(program)]) };
    const batch = { images, ...(numbersPerBatch(program) > 0 ? further : {}) };
    trainStep(network, program, initialState(program, streams), numbers, batch);
    return tf.memory().numBytes - before;
  });
}

for (const [given, losses] of [
  [{ batchNorm: true }, 5],
  [{ batchNorm: false }, 1],
  [{ batchNorm: true, imageSize: 64 }, 3],
  [{ batchNorm: true, filters: 8, convLayers: 4 }, 5],
  [{ batchNorm: true, filters: 16, convLayers: 3, batchSize: 4, imageSize: 16 }, 5],
  [{ batchNorm: true, convLayers: 1 }, 2],
  [{ task: "smooth", radius: 5 }, 1],
  [{ task: "discs" }, 1],
] as const) {
  test(`bytesPerLane bounds the memory of a step's tensors closely: ${JSON.stringify(given)}, ${losses} losses`, () => {
    const measured = (bytesOfStep(given, losses, 3) - bytesOfStep(given, losses, 1)) / 2;
    const run = runOf({ loss: "cce", ...given }, { monitor: studyLosses.slice(0, losses) });
    const rule = bytesPerLane(run);
    assert.ok(measured < rule, `${measured} bytes, of ${rule} by the rule`);
    // The blocks of images are in the rule alone.
    assert.ok(rule < 7 * measured, `${measured} bytes, of ${rule} by the rule`);
  });
}

test("bytesPerLane counts the evaluation where that takes more than the step", () => {
  const lane = (given: Partial<Cell>): number => bytesPerLane(runOf({ batchNorm: true, ...given }));
  assert.ok(lane({ evaluateWith: "batch" }) > 5 * lane({}));
  assert.ok(lane({ evaluateWith: "batch", validationImages: 4 }) < 1.2 * lane({}));
});

test("lanesThatFit grows with the memory, and is 1 where there is none", () => {
  const gib = 1024 ** 3;
  assert.equal(lanesThatFit(runOf(), 0), 1);
  assert.ok(lanesThatFit(runOf(), 6 * gib) >= 108, "a small card does not hold the original's sweep");
  assert.ok(lanesThatFit(runOf(), 80 * gib) > 10 * lanesThatFit(runOf(), 6 * gib));
});
