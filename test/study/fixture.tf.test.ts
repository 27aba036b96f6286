import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type CompiledStep, openCompiledStep } from "../../src/study/lanes/compiled-step.js";
import { laneTensor } from "../../src/study/lanes/lane-parameters.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { studyLosses } from "../../src/study/losses.js";
import { flatLayout, toFlatLayout } from "../../src/study/network/flat-layout.js";
import { openNetwork } from "../../src/study/network/network.js";
import { initialMovingAverages } from "../../src/study/training-state.js";
import { disposeRecords } from "../../src/tensorflow/compile/tensor-record.js";
import { loadTensorFlow, tf } from "../../src/tensorflow/index.js";
import {
  architectureOf,
  type Case,
  fixture,
  flatten,
  type ImageSet,
  imagesOf,
  lossOrder,
  runsOf,
  steps,
  weightsOf,
} from "../helpers/fixture.js";
import { eagerStep, errorOfLargest, lanePerLoss, relativeError, stateWith } from "../helpers/training.js";

await loadTensorFlow({ threads: 1 });

const tolerance = 1e-4;
// The fixture's moving averages are those of Adam in the paper's form, whose parameters differ slightly after
// a step.
const movingTolerance = { sgd: 1e-4, adam: 2e-3 };
const groups = (["recipe", "small"] as const).flatMap((images) =>
  ([0, 1] as const).map((bn) => ({ images, bn })),
);

function casesOf({ images, bn }: { readonly images: ImageSet; readonly bn: 0 | 1 }): Case[] {
  return fixture.cases.filter((item) => item.images === images && item.bn === bn);
}

/** Trains cases of one group together, each in a lane, and compares their numbers with the fixture. */
function check(training: CompiledStep, cases: readonly Case[], blocks: Tensor, bn: 0 | 1): void {
  const { signature } = training.shape;
  const state = stateWith(weightsOf(bn), cases.length, initialMovingAverages(signature, cases.length));
  const lanes = { parameters: laneTensor(signature, runsOf(cases)), draw: tf.zeros([cases.length], "int32") };
  const after = training.train(state, lanes, { images: blocks }, 0, steps);
  const rows = after.rows.arraySync() as number[][][];
  for (const [lane, item] of cases.entries()) {
    const title = `${item.optimizer} ${item.threshold} ${item.train_loss}`;
    const losses = item.losses_adam_tf1 ?? item.losses;
    const norms = item.norms_adam_tf1 ?? item.norms;
    for (let step = 0; step < steps; step++) {
      const row = rows[step]?.[lane] ?? [];
      const column = (shift: number): number[] =>
        lossOrder.map((name) => row[studyLosses.indexOf(name) + shift] ?? Number.NaN);
      const value = relativeError(column(0), losses[step] ?? []);
      const norm = relativeError(column(studyLosses.length), norms[step] ?? []);
      assert.ok(value < tolerance, `${title} step ${step}: losses are ${value} off`);
      assert.ok(norm < tolerance, `${title} step ${step}: norms are ${norm} off`);
    }
    for (const [layer, { mean, variance }] of after.state.moving.entries()) {
      for (const [name, tensor] of [
        ["mean", mean],
        ["var", variance],
      ] as const) {
        const got = (tensor.arraySync() as number[][])[lane] ?? [];
        const error = errorOfLargest(got, item.moving_after?.[`${name}${layer}`] ?? []);
        assert.ok(
          error < movingTolerance[item.optimizer],
          `${title}: moving ${name} of layer ${layer} is ${error} off`,
        );
      }
    }
  }
  assert.deepEqual(new Set(rows.slice(steps).flat(2)), new Set([0]), "rows without a step");
  disposeRecords(state, lanes, after);
}

/**
 * Opens a compiled step with a lane for every case, and the fixture's images as the first rows of a block.
 */
function open(images: ImageSet, cases: readonly Case[], xla: boolean) {
  const [run] = runsOf(cases);
  const signature = stepSignature(run ?? assert.fail());
  const training = openCompiledStep(
    {
      signature,
      lanes: cases.length,
      draws: 1,
      validationBatch: 1,
      validationBatches: 1,
      evaluateWith: "moving",
    },
    { xla },
  );
  const { layout, imageHalo } = training.network;
  const blocks = tf.tidy(() => {
    const drawn = toFlatLayout(layout, tf.tensor1d(imagesOf(images)), imageHalo);
    return tf.expandDims(
      tf.pad(drawn, [
        [0, 250 - steps],
        [0, 0],
      ]),
      1,
    );
  });
  return {
    training,
    blocks,
    close: () => {
      training.close();
      blocks.dispose();
    },
  };
}

test("The images that the tests draw are those of the fixture", () => {
  const drawn = imagesOf("recipe");
  assert.deepEqual([...drawn.slice(0, 8)], fixture.recipe.first_8);
  assert.equal(drawn.at(-1), fixture.recipe.last);
  const sum = drawn.reduce((total, x) => total + x, 0);
  assert.ok(Math.abs(sum - fixture.recipe.sum_float64) < 1e-6, `sum ${sum}`);
  assert.deepEqual([...imagesOf("small")], fixture.small.values);
});

test("All 120 cases of the fixture are compared", () => {
  assert.equal(fixture.cases.length, 120);
  assert.equal(
    groups.reduce((total, group) => total + casesOf(group).length, 0),
    120,
  );
});

for (const group of groups) {
  const title = `${group.images} images ${group.bn === 1 ? "with" : "without"} batch norm`;

  test(`The compiled step without XLA agrees with the fixture, 30 lanes together: ${title}`, () => {
    const cases = casesOf(group);
    const { training, blocks, close } = open(group.images, cases, false);
    check(training, cases, blocks, group.bn);
    close();
  });

  test(`The compiled step with XLA agrees with the fixture, one lane at a time: ${title}`, () => {
    const cases = casesOf(group);
    const { training, blocks, close } = open(group.images, cases.slice(0, 1), true);
    for (const item of cases) {
      check(training, [item], blocks, group.bn);
    }
    close();
  });
}

for (const { bn, threshold, gradients } of fixture.first_gradients) {
  test(`The gradients of the first step agree with the fixture, ${bn === 1 ? "with" : "without"} batch norm`, () => {
    const { signature, runs } = lanePerLoss(
      { optimizer: "sgd", batchNorm: bn === 1, threshold, imageSize: 8 },
      lossOrder,
    );
    const network = openNetwork(architectureOf(bn), flatLayout(2, 8));
    const step = eagerStep(network, signature, runs, weightsOf(bn), imagesOf("small").subarray(0, 128));
    for (const [lane, name] of fixture.loss_order.entries()) {
      const wanted = flatten(bn, gradients[name] ?? {});
      const error = errorOfLargest(step.gradients[lane] ?? [], wanted);
      assert.ok(error < tolerance, `${name}: ${error} of the largest off`);
    }
    network.close();
  });
}
