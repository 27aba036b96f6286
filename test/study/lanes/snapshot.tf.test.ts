import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Run } from "../../../src/study/run.js";
import type { Trainer } from "../../../src/study/training.js";
import { loadTensorFlow } from "../../../src/tensorflow/index.js";
import {
  addChunks,
  chunksOf,
  finishSession,
  nothingRecorded,
  openSmallTrainer,
  smallRun,
} from "../../helpers/training-sessions.js";

await loadTensorFlow({ threads: 1 });

const single = openSmallTrainer(1);
const triple = openSmallTrainer(3);
after(() => {
  single.close();
  triple.close();
});

/** Trains some runs for two chunks, 21 steps, and returns their snapshots. */
function snapshotsOf(trainer: Trainer, runs: readonly Run[]) {
  const recorded = nothingRecorded(runs.length);
  const session = trainer.train(runs);
  addChunks(recorded, session.next() ?? []);
  addChunks(recorded, session.next() ?? []);
  const snapshots = runs.map((_, index) => session.snapshot(index));
  session.close();
  return { recorded, snapshots };
}

for (const labelNoise of [0, 0.1]) {
  test(`A run with batch norm, Adam and label noise ${labelNoise} continues from a snapshot with the same bits`, () => {
    const run = smallRun({ batchNorm: true, labelNoise });
    const { recorded, snapshots } = snapshotsOf(single, [run]);
    assert.equal(snapshots[0]?.step, 21);
    const session = single.train([run], snapshots);
    for (const chunks of chunksOf(session)) {
      addChunks(recorded, chunks);
    }
    session.close();
    assert.deepEqual(recorded, finishSession(single.train([run]), 1));
  });
}

test("Each run's snapshot is taken from and restored to its own lane", () => {
  const runs = [smallRun(), smallRun({ loss: "dice" }), smallRun({}, { repetition: 1 })];
  const { recorded, snapshots } = snapshotsOf(triple, runs);
  const session = triple.train(runs, snapshots);
  for (const chunks of chunksOf(session)) {
    addChunks(recorded, chunks);
  }
  session.close();
  assert.deepEqual(recorded, finishSession(triple.train(runs), 3));
});

test("A snapshot names the tensors of the state", () => {
  const { snapshots } = snapshotsOf(single, [smallRun({ batchNorm: true })]);
  const names = snapshots[0]?.tensors.map(({ name }) => name) ?? [];
  for (const name of ["parameters", "moving.0.mean", "moving.1.variance"]) {
    assert.ok(names.includes(name), `${names} lack ${name}`);
  }
});

test("Runs that are trained together must continue from the same step", () => {
  const runs = [smallRun(), smallRun({}, { repetition: 1 })];
  const { snapshots } = snapshotsOf(triple, runs);
  assert.throws(() => triple.train(runs, [snapshots[0], undefined]), /must continue from the same step/);
});
