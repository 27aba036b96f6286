import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawValidation } from "../../src/study/images.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { measureNames, measureValues } from "../../src/study/measures.js";
import { flatLayout, pixelMask } from "../../src/study/network/flat-layout.js";
import { streamSeed } from "../../src/study/random.js";
import { loadTensorFlow, scoped } from "../../src/tensorflow/index.js";
import { forward, type Images, labelsOf } from "../helpers/reference-network.js";
import { chunksOf, openSmallTrainer, smallRun, snapshotContents } from "../helpers/training-sessions.js";

await loadTensorFlow({ threads: 1 });

const trainer = openSmallTrainer(1);
after(() => trainer.close());

const count = 10;

/** The validation images of repetition 0 as one mini-batch. */
function validationImages(): Images {
  const layout = flatLayout(count, 8);
  return scoped(() => {
    const mask = pixelMask(layout, 0).dataSync();
    const drawn = drawValidation(layout, streamSeed(1, 0, "validation"), count, 0).dataSync();
    return { batch: count, size: 8, values: [...drawn].filter((_, index) => mask[index] === 1) };
  });
}

/** The measures as overlaps of two sets of pixels, in float64. */
function overlapMeasures(predicted: readonly boolean[], labeled: readonly boolean[]) {
  const sizeOf = (set: readonly boolean[]) => set.filter(Boolean).length;
  const both = sizeOf(predicted.map((inside, pixel) => inside && labeled[pixel] === true));
  const either = sizeOf(predicted.map((inside, pixel) => inside || labeled[pixel] === true));
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  return {
    dice: share(2 * both, sizeOf(predicted) + sizeOf(labeled)),
    iou: share(both, either),
    precision: share(both, sizeOf(predicted)),
    recall: share(both, sizeOf(labeled)),
  };
}

for (const [title, batchNorm, evaluateWith] of [
  ["without batch norm", false, "moving"],
  ["with batch norm by its moving averages", true, "moving"],
  ["with batch norm by the moments of the images", true, "batch"],
] as const) {
  test(`Accuracy and measures are those of the reference network's predictions on all validation images, ${title}`, () => {
    const run = smallRun(
      {
        ...{ batchNorm, evaluateWith, validationImages: count },
        ...{ threshold: 0.4, learningRate: 0.02 },
      },
      { metrics: measureNames },
    );
    const images = validationImages();
    const labels = labelsOf(images, 0.4);
    const accuracies: number[] = [];
    const session = trainer.train([run]);
    for (const [{ accuracy, measures } = assert.fail()] of chunksOf(session)) {
      if (accuracy === undefined) {
        continue;
      }
      accuracies.push(accuracy);
      const { parameters, moving } = snapshotContents(session.snapshot(0));
      const moments = batchNorm && evaluateWith === "moving" ? moving : undefined;
      const { logits } = forward(stepSignature(run), parameters, images, moments);
      const right = logits.filter(([bg = 0, fg = 0], pixel) => (fg > bg ? 1 : 0) === labels[pixel]);
      // A pixel whose logits are equal but for rounding may be counted either way.
      const apart = Math.abs(accuracy * labels.length - right.length);
      assert.ok(apart < 2.5, `${apart} pixels apart`);
      const wanted = overlapMeasures(
        logits.map(([bg = 0, fg = 0]) => fg > bg),
        labels.map((label) => label === 1),
      );
      for (const name of measureNames) {
        const error = Math.abs((measures?.[name] ?? Number.NaN) - wanted[name]);
        assert.ok(error < 0.01, `${name} ${error} off`);
      }
    }
    session.close();
    assert.equal(accuracies.length, 4);
    assert.ok(new Set(accuracies).size > 1, "the accuracy never changes");
  });
}

test("A run records only the measures that it asks for, and the accuracy is the same with and without", () => {
  const evaluations = [[], ["iou"] as const].map((metrics) => {
    const session = trainer.train([smallRun({ steps: 1 }, { metrics })]);
    const [chunk = assert.fail()] = session.next() ?? [];
    session.close();
    return chunk;
  });
  const [without, withOne] = evaluations;
  assert.equal(without?.measures, undefined);
  assert.deepEqual(Object.keys(withOne?.measures ?? {}), ["iou"]);
  assert.equal(without?.accuracy, withOne?.accuracy);
});

test("A measure of 0/0 is 0", () => {
  const nothingPredicted = { truePositive: 0, falsePositive: 0, falseNegative: 7 };
  assert.equal(measureValues(["precision"], nothingPredicted).precision, 0);
  const nothing = { ...nothingPredicted, falseNegative: 0 };
  assert.deepEqual(Object.values(measureValues(measureNames, nothing)), [0, 0, 0, 0]);
});
