import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Run } from "../../../src/study/run.js";
import { openTrainer } from "../../../src/study/training.js";
import { backend, loadTensorFlow } from "../../../src/tensorflow/backend.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";
import { finishSession, smallRun } from "../../helpers/training-sessions.js";

await loadTensorFlow({ threads: 1 });

/** Trains runs and returns their numbers and the operations that were run one by one. */
function train(runs: readonly Run[], graphFolder: string | undefined) {
  const engine = backend();
  const { executeSingleOutput } = engine;
  const operations = new Set<string>();
  engine.executeSingleOutput = (op, attributes, inputs) => {
    operations.add(op);
    return executeSingleOutput.call(engine, op, attributes, inputs);
  };
  const trainer = openTrainer({ width: runs.length, xla: false, graphFolder });
  try {
    return { numbers: finishSession(trainer.train(runs), runs.length), operations };
  } finally {
    trainer.close();
    engine.executeSingleOutput = executeSingleOutput;
  }
}

const contents = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));

for (const given of [{}, { batchNorm: true, labelNoise: 0.1 }, { task: "discs", radius: 2 }] as const) {
  test(`A stored step and its evaluation are not traced and train the same numbers: ${JSON.stringify(given)}`, () => {
    const folder = createTemporaryFolder("steps");
    const runs = [smallRun(given)];
    const traced = train(runs, undefined);
    assert.deepEqual(train(runs, folder), traced);
    const stored = contents(folder);
    assert.equal(Object.keys(stored).length, 2);
    const warm = train(runs, folder);
    assert.deepEqual(warm.numbers, traced.numbers);
    // A network is nothing but products; drawing images and labels needs none.
    assert.deepEqual(
      [traced, warm].map(({ operations }) => operations.has("BatchMatMulV2")),
      [true, false],
    );
    for (const name of Object.keys(stored)) {
      writeFileSync(join(folder, name), "damaged");
    }
    assert.deepEqual(train(runs, folder), traced);
    assert.deepEqual(contents(folder), stored);
  });
}

test("Steps of other lanes, draws, losses, sizes, and evaluations are stored apart", () => {
  const folder = createTemporaryFolder("steps");
  const counts = [
    [smallRun()],
    [smallRun(), smallRun({ loss: "dice" })],
    [smallRun(), smallRun({}, { repetition: 1 })],
    [smallRun({}, { monitor: ["cce"] })],
    [smallRun({ imageSize: 6 })],
    [smallRun({ validationImages: 20 })],
    [smallRun({}, { metrics: ["dice"] })],
    // The threshold is a number of a lane: the same graphs.
    [smallRun({ threshold: 0.3 })],
  ].map((runs) => {
    train(runs, folder);
    return readdirSync(folder).length;
  });
  assert.deepEqual(counts, [2, 4, 6, 8, 10, 12, 14, 14]);
});
