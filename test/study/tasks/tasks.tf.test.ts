import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { blockLength, drawBlock, drawBlockNumbers } from "../../../src/study/images.js";
import { laneTensor } from "../../../src/study/lanes/lane-parameters.js";
import { numbersPerBatch, signatureKey, stepSignature } from "../../../src/study/lanes/step-signature.js";
import { studyLosses } from "../../../src/study/losses.js";
import { sceneOf } from "../../../src/study/mini-batch.js";
import { flatLayout, pixelMask } from "../../../src/study/network/flat-layout.js";
import { openNetwork } from "../../../src/study/network/network.js";
import { streamSeed } from "../../../src/study/random.js";
import type { Cell } from "../../../src/study/run.js";
import { type TaskName, taskNames } from "../../../src/study/tasks/tasks.js";
import { loadTensorFlow, scoped } from "../../../src/tensorflow/index.js";
import { differences, type Images, lossesOf, norm } from "../../helpers/reference-network.js";
import { type ReferenceScene, referenceScene } from "../../helpers/reference-tasks.js";
import { lanesOf, relativeError, runOf } from "../../helpers/training.js";
import {
  finishSession,
  openSmallTrainer,
  smallRun,
  snapshotContents,
} from "../../helpers/training-sessions.js";

await loadTensorFlow({ threads: 1 });

const trainer = openSmallTrainer(3);
after(() => trainer.close());

const stream = streamSeed(1, 0, "training");
const others = taskNames.filter((name) => name !== "threshold");

/** Returns the numbers at pixels of mini-batches on the flat layout, [mini-batch][pixel]. */
function atPixels(values: Tensor, mask: Float32Array): number[][] {
  return (values.arraySync() as number[][]).map((row) => row.filter((_, position) => mask[position] === 1));
}

/**
 * Returns the images and labels of all mini-batches of block 0, [mini-batch][pixel] each; every mini-batch is
 * a lane.
 */
function blockScene(given: Partial<Cell>) {
  const run = runOf(given);
  const signature = stepSignature(run);
  const layout = flatLayout(signature.batchSize, signature.imageSize);
  const network = openNetwork(signature, layout);
  try {
    return scoped(() => {
      const images = drawBlock(layout, stream, 0, network.imageHalo);
      const count = numbersPerBatch(signature);
      const numbers = count === 0 ? undefined : drawBlockNumbers(layout, stream, 0, count);
      const runs = Array.from({ length: blockLength(layout) }, () => run);
      const batch = { images, ...(numbers === undefined ? {} : { numbers }) };
      const scene = sceneOf(network, signature, laneTensor(signature, runs), batch);
      const masks = [network.imageHalo, network.logitHalo].map(
        (halo) => pixelMask(layout, halo).dataSync() as Float32Array,
      );
      const [wide = assert.fail(), narrow = assert.fail()] = masks;
      return {
        uniform: atPixels(images, wide),
        numbers: (numbers?.arraySync() ?? []) as number[][],
        image: atPixels(scene.image(), wide),
        padding: scene
          .image()
          .mul(pixelMask(layout, network.imageHalo).mul(-1).add(1))
          .abs()
          .max()
          .dataSync()[0],
        labels: atPixels(scene.foreground(), narrow),
      };
    });
  } finally {
    network.close();
  }
}

/** Returns the first mini-batch of a run by the reference. */
function firstScene(task: TaskName, cell: Cell, row: number): ReferenceScene {
  const { uniform, numbers } = blockScene(cell);
  const images: Images = { batch: cell.batchSize, size: cell.imageSize, values: uniform.at(row) ?? [] };
  return referenceScene(task, cell, images, numbers.at(row));
}

for (const task of taskNames) {
  for (const threshold of [0.05, 0.3, 0.5, 0.95]) {
    test(`The foreground share of ${task} is 1 - ${threshold}, in the middle of the images and in their corners`, () => {
      const { labels } = blockScene({ task, threshold });
      const images = labels.flatMap((row) => [row.slice(0, 1024), row.slice(1024)]);
      const corners = [0, 31, 31 * 32, 1023];
      for (const [place, share] of [
        ["everywhere", (image: number[]) => mean(image)],
        ["in the middle", (image: number[]) => image[16 * 32 + 16] ?? Number.NaN],
        ["in corners", (image: number[]) => mean(corners.map((pixel) => image[pixel] ?? Number.NaN))],
      ] as const) {
        const shares = images.map(share);
        const error = Math.sqrt(mean(shares.map((x) => (x - mean(shares)) ** 2)) / shares.length);
        const apart = Math.abs(mean(shares) - (1 - threshold));
        assert.ok(apart < 4.5 * error, `${place}: ${mean(shares)}, standard error ${error}`);
      }
    });
  }

  for (const radius of [1, 3]) {
    test(`The images and labels of ${task} with radius ${radius} agree with float64 and plain loops`, () => {
      for (const convLayers of [1, 3]) {
        const cell = runOf({ task, radius, convLayers, imageSize: 9, threshold: 0.4 }).cell;
        const { image, labels, padding } = blockScene(cell);
        for (const row of [0, 1, -1]) {
          const wanted = firstScene(task, cell, row);
          assert.deepEqual(labels.at(row), wanted.labels);
          assert.ok(relativeError(image.at(row) ?? [], wanted.images.values, 1) < 1e-6);
        }
        assert.equal(padding, 0, "the image is not 0 around its pixels");
      }
    });
  }
}

for (const task of others) {
  for (const xla of [false, true]) {
    const title = xla ? "with XLA, a shifted input, a first kink and a frozen layer" : "without XLA";
    test(`A run of ${task} has on step 0 the losses and norms of its first scene, ${title}`, () => {
      const given = xla ? ({ inputShift: -0.25, biasInit: "threshold", frozenLayer: 1 } as const) : {};
      const run = smallRun({ task, threshold: 0.4, steps: 1, ...given });
      const own = openSmallTrainer(1, xla);
      const session = own.train([run]);
      const { parameters } = snapshotContents(session.snapshot(0));
      const [chunk] = session.next() ?? [];
      session.close();
      own.close();
      const scene = firstScene(task, run.cell, -1);
      const values = (moved: ArrayLike<number>) =>
        lossesOf(stepSignature(run), moved, scene.images, run.cell, [...scene.labels]);
      const known = studyLosses as readonly (keyof ReturnType<typeof values>)[];
      const wanted = values(parameters);
      const gradients = differences(values, parameters);
      const got = [...(chunk?.values ?? [])];
      const losses = relativeError(
        got.slice(0, 5),
        known.map((name) => wanted[name]),
      );
      const norms = relativeError(
        got.slice(5, 10),
        known.map((name) => norm(gradients[name])),
      );
      assert.ok(losses < 1e-5, `losses ${losses} off`);
      assert.ok(norms < 1e-3, `norms ${norms} off`);
    });
  }

  test(`Runs of ${task} at several thresholds share a compiled step and keep their numbers`, () => {
    const thresholds = [0.05, 0.5, 0.95];
    const runs = thresholds.map((threshold) => smallRun({ task, threshold }));
    assert.equal(new Set(runs.map(signatureKey)).size, 1);
    const together = finishSession(trainer.train(runs), runs.length);
    for (const [index, run] of runs.entries()) {
      const [alone = assert.fail()] = finishSession(trainer.train([run]), 1);
      const error = relativeError(together[index]?.values ?? [], alone.values, 1e-3);
      assert.ok(error < 1e-3, `threshold ${run.cell.threshold}: ${error} apart`);
      assert.deepEqual([...(together[index]?.accuracies.keys() ?? [])], [...alone.accuracies.keys()]);
    }
  });
}

test("A run of smooth is learned beyond what single pixels tell", () => {
  const run = smallRun({
    task: "smooth",
    radius: 1,
    filters: 8,
    learningRate: 0.01,
    steps: 601,
    evaluateEvery: 600,
  });
  const [{ accuracies } = assert.fail()] = finishSession(trainer.train([run]), 1);
  assert.ok((accuracies.get(600) ?? 0) > 0.85, `accuracy ${accuracies.get(600)}`);
});

test("The radius is part of the step signature of tasks that have one, and of no other", () => {
  const keys = (task: TaskName): number =>
    new Set([1, 2].map((radius) => signatureKey(runOf({ task, radius })))).size;
  assert.deepEqual(
    taskNames.map((task) => keys(task)),
    [1, 2, 2],
  );
  const lanes = lanesOf({ task: "smooth" }, [{ threshold: 0.05 }, { threshold: 0.95 }]);
  const widths = scoped(() => lanes.map((lane) => laneTensor(stepSignature(lane), [lane]).shape[1]));
  assert.equal(widths[0], widths[1]);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
