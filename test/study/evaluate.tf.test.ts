import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawValidation } from "../../src/study/images.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
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

for (const [title, batchNorm, evaluateWith] of [
  ["without batch norm", false, "moving"],
  ["with batch norm by its moving averages", true, "moving"],
  ["with batch norm by the moments of the images", true, "batch"],
] as const) {
  test(`The accuracy is the share of validation pixels that the reference network classifies correctly, ${title}`, () => {
    const run = smallRun({
      ...{ batchNorm, evaluateWith, validationImages: count },
      ...{ threshold: 0.4, learningRate: 0.02 },
    });
    const images = validationImages();
    const labels = labelsOf(images, 0.4);
    const accuracies: number[] = [];
    const session = trainer.train([run]);
    for (const [{ accuracy } = assert.fail()] of chunksOf(session)) {
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
    }
    session.close();
    assert.equal(accuracies.length, 4);
    assert.ok(new Set(accuracies).size > 1, "the accuracy never changes");
  });
}
