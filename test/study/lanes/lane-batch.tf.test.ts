import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Run } from "../../../src/study/run.js";
import type { Trainer } from "../../../src/study/training.js";
import { loadTensorFlow } from "../../../src/tensorflow/index.js";
import { nativeCounts } from "../../helpers/native-counts.js";
import { finishSession, openSmallTrainer, type Recorded, smallRun } from "../../helpers/training-sessions.js";

await loadTensorFlow({ threads: 1 });

const single = openSmallTrainer(1);
const triple = openSmallTrainer(3);
after(() => {
  single.close();
  triple.close();
});

const [a, b, c, d, e] = [
  smallRun({ loss: "dice", threshold: 0.05 }),
  smallRun({ loss: "cce", threshold: 0.5, optimizer: "sgd" }, { repetition: 1 }),
  smallRun({ loss: "dicefg", threshold: 0.95, input: "inverted" }),
  smallRun({ loss: "dice", threshold: 0.05, lossEpsilon: 0.1 }, { repetition: 2 }),
  smallRun({ loss: "dice_square", momentum: 0.9, optimizer: "sgd" }, { repetition: 1 }),
] as const;

/** Trains runs together and returns what is recorded of one. */
function recordedOf(trainer: Trainer, runs: readonly Run[], index: number): Recorded {
  return finishSession(trainer.train(runs), runs.length)[index] ?? assert.fail();
}

test("A run in a lane batch of its own has the same bits alone and beside other runs", () => {
  const runs = [a, b, c, d, e];
  assert.deepEqual(
    finishSession(single.train(runs), runs.length),
    runs.map((run) => recordedOf(single, [run], 0)),
  );
});

test("A run has the same bits in any lane and beside any other runs of its lane batch", () => {
  const wanted = recordedOf(triple, [a, b, c], 0);
  assert.deepEqual(recordedOf(triple, [d, a, e], 1), wanted);
  assert.deepEqual(recordedOf(triple, [b, b, a], 2), wanted);
});

test("A run has the same bits in lane batches of two, three and five", () => {
  const recorded = [2, 3, 5].map((width) => {
    const trainer = openSmallTrainer(width);
    try {
      return recordedOf(trainer, [a, b, c, d, e].slice(0, width), 0);
    } finally {
      trainer.close();
    }
  });
  assert.deepEqual(recorded, [recorded[1], recorded[1], recorded[1]]);
});

test("A dropped run changes nothing until all runs of its lane batch are dropped", () => {
  const runs = [smallRun(), smallRun({ loss: "dice" })];
  const whole = finishSession(triple.train(runs), 2);
  const session = triple.train(runs);
  session.drop(0);
  assert.deepEqual(finishSession(session, 2)[1], whole[1]);
  const none = triple.train(runs);
  none.drop(0);
  none.drop(1);
  assert.equal(none.next(), undefined);
  none.close();
});

test("Runs of different step signatures are refused", () => {
  assert.throws(() => triple.train([smallRun(), smallRun({ batchNorm: true })]), /different step signatures/);
});

test("A lane batch that cannot restore its state frees its other tensors", () => {
  const runs = [smallRun(), smallRun({}, { repetition: 1 })];
  finishSession(triple.train(runs), 2);
  const before = nativeCounts();
  const empty = { step: 0, tensors: [] };
  assert.throws(() => triple.train(runs, [empty, empty]), /a snapshot has no tensor "parameters"/);
  assert.deepEqual(nativeCounts(), before);
});
