import assert from "node:assert/strict";
import { test } from "node:test";
import { openCompiledStep } from "../../../src/study/lanes/compiled-step.js";
import { laneTensor } from "../../../src/study/lanes/lane-parameters.js";
import { stepSignature } from "../../../src/study/lanes/step-signature.js";
import type { LossName } from "../../../src/study/losses.js";
import { type Architecture, sizeOf, variablesOf } from "../../../src/study/network/architecture.js";
import { flatLayout, toFlatLayout } from "../../../src/study/network/flat-layout.js";
import type { Cell } from "../../../src/study/run.js";
import { initialMovingAverages } from "../../../src/study/training-state.js";
import { disposeRecords, tidyRecord } from "../../../src/tensorflow/compile/tensor-record.js";
import { loadTensorFlow, tf } from "../../../src/tensorflow/index.js";
import { randomSample } from "../../helpers/mersenne-twister.js";
import { lanesOf, relativeError, stateWith } from "../../helpers/training.js";

// The task at threshold t is the task at 1 - t with inverted images and swapped classes: a network that sees
// 1 - x, with the two outputs of its head swapped, computes on images 1 - x at threshold 1 - t exactly what
// its twin computes on images x at threshold t, at every step.

await loadTensorFlow({ threads: 1 });

const steps = 40;
const size = 8;
const block = 250;
const threshold = 0.25;
const symmetric = ["cce", "dice", "dice_square", "wcce", "focal"] as const satisfies readonly LossName[];
const monitor: readonly LossName[] = ["cce", "dice", "dice_square", "dicefg", "wcce", "focal"];

/** Parts of 4096 and none at the threshold, so that 1 - x and the labels are exact. */
const images = (() => {
  const next = randomSample(21);
  return Array.from({ length: block * 2 * size * size }, () => (Math.floor(next() * 4096) + 0.5) / 4096);
})();

function weightsFor(architecture: Architecture): number[] {
  const next = randomSample(22);
  return variablesOf(architecture).flatMap((variable) =>
    Array.from({ length: sizeOf(variable) }, () => Math.fround(variable.kind === "gamma" ? 1 : next() - 0.5)),
  );
}

/** Swaps the two columns of the head's weights and its two biases. */
function swapHead(architecture: Architecture, parameters: readonly number[]): number[] {
  const rest = [...parameters];
  return variablesOf(architecture).flatMap((variable) => {
    const values = rest.splice(0, sizeOf(variable));
    return variable.layer === "head" ? values.map((_, index) => values[index ^ 1] ?? Number.NaN) : values;
  });
}

/** Trains a task and its inverted twin side by side: [step][lane][column]. */
function trainTwins(base: Partial<Cell>, trained: LossName): number[][][] {
  const given = { ...base, imageSize: size, loss: trained };
  const runs = lanesOf(given, [
    { threshold, input: "raw" },
    { threshold: 1 - threshold, input: "inverted" },
  ]).map((run) => ({ ...run, monitor }));
  const signature = stepSignature(runs[0] ?? assert.fail());
  const training = openCompiledStep(
    { signature, lanes: 2, draws: 2, validationBatch: 1, validationBatches: 1, evaluateWith: "moving" },
    { xla: false },
  );
  const layout = flatLayout(2, size);
  const halo = training.network.imageHalo;
  const weights = weightsFor(signature);
  const state = tidyRecord(() => {
    const twins = [weights, swapHead(signature, weights)].map((values) => stateWith(values, 1).parameters);
    return { ...stateWith(weights, 2, initialMovingAverages(signature, 2)), parameters: tf.concat(twins) };
  });
  const blocks = tf.tidy(() =>
    tf.stack(
      [images, images.map((x) => 1 - x)].map((pixels) => toFlatLayout(layout, tf.tensor1d(pixels), halo)),
      1,
    ),
  );
  const draw = tf.tensor1d([0, 1], "int32");
  const lanes = { parameters: laneTensor(signature, runs), draw };
  const after = training.train(state, lanes, { images: blocks }, 0, steps);
  const rows = (after.rows.arraySync() as number[][][]).slice(0, steps);
  disposeRecords(state, lanes, after, { blocks });
  training.close();
  return rows;
}

for (const [title, base] of [
  ["Adam without batch norm", { optimizer: "adam", batchNorm: false }],
  ["Adam with batch norm", { optimizer: "adam", batchNorm: true }],
  ["SGD without batch norm", { optimizer: "sgd", batchNorm: false, learningRate: 0.1 }],
] as const) {
  test(`Inverted images with swapped classes have the same losses and norms but for rounding: ${title}`, () => {
    const rows = trainTwins(base, "dice");
    for (const [step, [one = [], other = []]] of rows.entries()) {
      for (const name of symmetric) {
        const column = monitor.indexOf(name);
        const pick = (row: number[]) => [
          row[column] ?? Number.NaN,
          row[column + monitor.length] ?? Number.NaN,
        ];
        const error = relativeError(pick(other), pick(one));
        assert.ok(error < 2e-3, `${name} step ${step}: ${error} apart`);
      }
    }
    const [[first = [], mirrored = []] = []] = rows;
    const exact = symmetric.map((name) => monitor.indexOf(name)).flatMap((c) => [c, c + monitor.length]);
    const pick = (row: readonly number[]): number[] => exact.map((c) => row[c] ?? Number.NaN);
    const error = relativeError(pick(mirrored), pick(first));
    assert.ok(error < 1e-5, `step 0: ${error} apart`);
  });
}

test("Inverted images with swapped classes have another dicefg, which depends on the foreground alone", () => {
  const [[one = [], other = []] = []] = trainTwins({ optimizer: "adam" }, "cce");
  const column = monitor.indexOf("dicefg");
  const apart = Math.abs((one[column] ?? 0) - (other[column] ?? 0));
  assert.ok(apart > 0.01, `${apart} apart`);
});
