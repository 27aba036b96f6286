import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawBlock } from "../../src/study/images.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { studyLosses } from "../../src/study/losses.js";
import { flatLayout, pixelMask } from "../../src/study/network/flat-layout.js";
import { streamSeed } from "../../src/study/random.js";
import { rowLayout } from "../../src/study/row-layout.js";
import type { Run } from "../../src/study/run.js";
import { backend } from "../../src/tensorflow/backend.js";
import { loadTensorFlow, scoped } from "../../src/tensorflow/index.js";
import { nativeCounts } from "../helpers/native-counts.js";
import { type Images, labelsOf, lossesOf } from "../helpers/reference-network.js";
import { relativeError } from "../helpers/training.js";
import {
  chunksOf,
  finishSession,
  openSmallTrainer,
  type Recorded,
  smallRun,
  snapshotContents,
} from "../helpers/training-sessions.js";

await loadTensorFlow({ threads: 1 });

const trainer = openSmallTrainer(1);
after(() => trainer.close());

function train(run: Run): Recorded {
  const [recorded] = finishSession(trainer.train([run]), 1);
  return recorded ?? assert.fail();
}

test("A run has a row of positive numbers for every step, and accuracies at the steps to be evaluated and the last", () => {
  const run = smallRun();
  const { values, accuracies } = train(run);
  assert.equal(values.length, 45 * rowLayout(run).columns.length);
  assert.deepEqual([...accuracies.keys()], [0, 20, 40, 44]);
  assert.equal(values.filter((value) => !(value > 0)).length, 0);
});

for (const [steps, evaluateEvery, evaluated] of [
  [1, 250, [0]],
  [15, 7, [0, 7, 14]],
  [4, 1, [0, 1, 2, 3]],
  [260, 200, [0, 200, 259]],
] as const) {
  test(`A run of ${steps} steps with evaluateEvery ${evaluateEvery} is evaluated, also at its end, at steps ${evaluated.join(", ")}`, () => {
    const { values, accuracies } = train(smallRun({ steps, evaluateEvery }));
    assert.equal(values.length, steps * 10);
    assert.deepEqual([...accuracies.keys()], evaluated);
  });
}

test("A run has the same rows however often it is evaluated", () => {
  assert.deepEqual(train(smallRun({ evaluateEvery: 7 })).values, train(smallRun()).values);
});

/** The images or the noise of step 0 of repetition 0, which is the last of block 0. */
function firstImages(stream: "training" | "noise"): Images {
  const layout = flatLayout(2, 8);
  return scoped(() => {
    const mask = pixelMask(layout, 0).dataSync();
    const block = [...drawBlock(layout, streamSeed(1, 0, stream), 0, 0).dataSync()];
    const pixels = block.filter((_, index) => mask[index % mask.length] === 1);
    return { batch: 2, size: 8, values: pixels.slice(-layout.pixels) };
  });
}

for (const labelNoise of [0, 0.25]) {
  test(`A run with label noise ${labelNoise} has on step 0 the losses of its first weights on its first images`, () => {
    const run = smallRun({ batchNorm: true, threshold: 0.3, labelNoise });
    const session = trainer.train([run]);
    const { parameters } = snapshotContents(session.snapshot(0));
    const [chunk] = session.next() ?? [];
    session.close();
    const [images, noise] = [firstImages("training"), firstImages("noise")];
    const isSwapped = (pixel: number): boolean => (noise.values[pixel] ?? 1) < labelNoise;
    const labels = labelsOf(images, 0.3).map((label, pixel) => (isSwapped(pixel) ? 1 - label : label));
    const losses = lossesOf(stepSignature(run), parameters, images, run.cell, labels);
    const wanted = studyLosses.map((name) => losses[name as keyof typeof losses]);
    const got = [...(chunk?.values ?? [])].slice(0, 5);
    assert.ok(relativeError(got, wanted) < 1e-5, `${got}, not ${wanted}`);
  });
}

test("A run learns the task in 300 steps with a larger learning rate", () => {
  const { accuracies } = train(smallRun({ learningRate: 0.005, steps: 301, evaluateEvery: 300 }));
  assert.ok((accuracies.get(300) ?? 0) > 0.93, `accuracy ${accuracies.get(300)}`);
});

test("A run has the same numbers whether its trained loss is recorded or not", () => {
  const recorded = train(smallRun({ loss: "focal" }, { monitor: ["cce", "focal"] }));
  const unrecorded = train(smallRun({ loss: "focal" }, { monitor: ["cce"] }));
  const error = relativeError(
    unrecorded.values.filter((_, index) => index % 2 === 0),
    recorded.values.filter((_, index) => index % 4 === 0),
  );
  assert.ok(error < 1e-5, `${error} apart`);
  assert.deepEqual(unrecorded.accuracies, recorded.accuracies);
});

test("Runs of one repetition have the same images and first weights in every cell", () => {
  const first = [
    smallRun(),
    smallRun({ optimizer: "sgd", learningRate: 0.5 }),
    smallRun({ loss: "dicefg_square" }),
  ].map((run) => train(run).values.slice(0, 10));
  assert.deepEqual(first, [first[0], first[0], first[0]]);
});

test("Runs of different repetitions or seeds have different numbers", () => {
  const runs = [smallRun(), smallRun({}, { repetition: 1 }), smallRun({}, { seed: 2 })];
  const first = runs.map((run) => train(run).values[0]);
  assert.equal(new Set(first).size, 3);
});

test("A session does not train a dropped run, and the others keep their bits", () => {
  const runs = [smallRun(), smallRun({ loss: "dice" })] as const;
  const session = trainer.train(runs);
  session.next();
  session.next();
  session.drop(0);
  const rest = [...chunksOf(session)].flat();
  session.close();
  assert.deepEqual(new Set(rest.map(({ index }) => index)), new Set([1]));
  assert.deepEqual(
    rest.flatMap(({ values }) => [...values]),
    train(runs[1]).values.slice(10),
  );
});

test("A session holds the same memory over 200 steps and frees all of it when it is closed", () => {
  const run = smallRun({ batchNorm: true, labelNoise: 0.1, steps: 221 });
  train(run);
  const before = nativeCounts();
  const session = trainer.train([run]);
  const counts = Array.from(chunksOf(session), () => JSON.stringify(nativeCounts()));
  assert.equal(counts.length, 12);
  // The first chunks draw the first block.
  assert.equal(new Set(counts.slice(2)).size, 1, counts.join(" "));
  session.close();
  assert.deepEqual(nativeCounts(), before);
});

test("A trainer frees all of its memory and sessions when it is closed", () => {
  const before = nativeCounts();
  const own = openSmallTrainer(1);
  finishSession(own.train([smallRun({ steps: 2 })]), 1);
  finishSession(own.train([smallRun({ steps: 2, filters: 3 })]), 1);
  assert.equal(nativeCounts().sessions, before.sessions + 4);
  own.close();
  assert.deepEqual(nativeCounts(), before);
});

test("A session of which the second run cannot be opened frees the first", () => {
  const runs = [smallRun(), smallRun({ loss: "dice" })];
  const empty = { step: 0, tensors: [] };
  const session = trainer.train(runs);
  const snapshot = session.snapshot(0);
  session.close();
  const before = nativeCounts();
  assert.throws(() => trainer.train(runs, [snapshot, empty]), /a snapshot has no tensor "parameters"/);
  assert.deepEqual(nativeCounts(), before);
});

test("A compiled step that TensorFlow refuses frees its networks", (context) => {
  const before = nativeCounts();
  const own = openSmallTrainer(1);
  context.mock.method(backend(), "loadSavedModelMetaGraph", () => {
    throw new Error("no such operation");
  });
  assert.throws(() => own.train([smallRun()]), /no such operation/);
  own.close();
  assert.deepEqual(nativeCounts(), before);
});
