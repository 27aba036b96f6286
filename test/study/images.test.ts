import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  blockLength,
  drawBlock,
  drawValidation,
  locateStep,
  validationBatch,
} from "../../src/study/images.js";
import {
  crop,
  type FlatLayout,
  flatLayout,
  pixelMask,
  sumOverPositions,
  toFlatLayout,
} from "../../src/study/network/flat-layout.js";
import { streamSeed } from "../../src/study/random.js";
import { loadTensorFlow, scoped, tf } from "../../src/tensorflow/backend.js";

await loadTensorFlow({ threads: 1 });

const study = flatLayout(2, 32);
const stream = streamSeed(1, 0, "training");

/** The pixels in a layout, row after row. */
function pixelsOf(layout: FlatLayout, laidOut: Tensor, margin: number): number[] {
  const mask = pixelMask(layout, margin).dataSync();
  return [...laidOut.dataSync()].filter((_, index) => mask[index % mask.length] === 1);
}

const numbers = (make: () => Tensor): number[] => scoped(() => [...make().dataSync()]);

describe("A layout", () => {
  it("holds images row after row with zeros between them and around them", () => {
    const layout = flatLayout(2, 2);
    const laidOut = numbers(() => toFlatLayout(layout, tf.range(1, 9), 1));
    assert.deepEqual(laidOut, [0, 1, 2, 0, 3, 4, 0, 0, 0, 0, 5, 6, 0, 7, 8, 0, 0, 0, 0, 0]);
    assert.equal(layout.length, 18);
    assert.equal(layout.pixels, 8);
  });

  it("marks its pixels", () => {
    const layout = flatLayout(2, 2);
    const marked = numbers(() => pixelMask(layout, 1));
    assert.deepEqual(marked, [0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it("has every pixel's neighbours at fixed offsets, and zeros beyond the image's edge", () => {
    const layout = flatLayout(2, 3);
    const images = Array.from({ length: 18 }, (_, index) => index + 1);
    const shifted = scoped(() => {
      const laidOut = toFlatLayout(layout, tf.tensor1d(images), layout.kernelReach);
      // The pixel below and to the right.
      return pixelsOf(layout, crop({ values: laidOut, halo: layout.kernelReach }, 0, layout.rowPitch + 1), 0);
    });
    assert.deepEqual(shifted, [5, 6, 0, 8, 9, 0, 0, 0, 0, 14, 15, 0, 17, 18, 0, 0, 0, 0]);
  });

  it("sums over its positions, with a gradient of 1 at each", () => {
    assert.deepEqual(
      numbers(() => sumOverPositions(tf.tensor3d([[[1, 2, 3]], [[4, 5, 6]]]))),
      [6, 15],
    );
    assert.deepEqual(
      numbers(() => tf.grad((x) => sumOverPositions(x).mul(tf.tensor2d([[2], [3]])))(tf.ones([2, 1, 2]))),
      [2, 2, 3, 3],
    );
  });
});

describe("Training images", () => {
  it("are uniform in [0, 1)", () => {
    const pixels = scoped(() => pixelsOf(study, drawBlock(study, stream, 3, 0), 0));
    assert.equal(pixels.length, 250 * 2 * 32 * 32);
    assert.equal(pixels.filter((x) => x < 0 || x >= 1).length, 0);
    const moment = (power: number) => pixels.reduce((sum, x) => sum + x ** power, 0) / pixels.length;
    assert.ok(Math.abs(moment(1) - 1 / 2) < 0.002, `mean ${moment(1)}`);
    assert.ok(Math.abs(moment(2) - 1 / 3) < 0.002, `mean square ${moment(2)}`);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = pixels.filter((x) => Math.floor(x * 10) === tenth).length / pixels.length;
      assert.ok(Math.abs(share - 0.1) < 0.003, `tenth ${tenth}: ${share}`);
    }
    // Nothing of one pixel shows in the next one.
    const products = pixels.slice(1).reduce((sum, x, index) => sum + x * (pixels[index] ?? 0), 0);
    assert.ok(Math.abs(products / pixels.length - 1 / 4) < 0.002, "neighbours go together");
  });

  it("are fresh at every step, in every block and in every stream", () => {
    const first = scoped(() => {
      const blocks = [0, 1, 2].map((block) => drawBlock(study, stream, block, 0));
      const other = drawBlock(study, streamSeed(1, 1, "training"), 0, 0);
      return [...blocks, other].flatMap((block) => {
        const rows = block.arraySync() as number[][];
        return rows.map((row) => row.slice(0, 8).join());
      });
    });
    assert.equal(new Set(first).size, 4 * 250);
  });

  it("are the same numbers whatever margin they are laid out with", () => {
    const [bare, framed] = scoped(() =>
      [0, 2 * study.kernelReach].map((margin) =>
        pixelsOf(study, drawBlock(study, stream, 5, margin), margin),
      ),
    );
    assert.deepEqual(framed, bare);
  });

  it("come in blocks of which the first ends with step 0 and the others with a step to be measured", () => {
    assert.deepEqual(locateStep(0, 250), { block: 0, row: 249 });
    assert.deepEqual(locateStep(1, 250), { block: 1, row: 0 });
    assert.deepEqual(locateStep(250, 250), { block: 1, row: 249 });
    assert.deepEqual(locateStep(10_000, 250), { block: 40, row: 249 });
    assert.deepEqual(locateStep(7, 1), { block: 7, row: 0 });
  });

  it("come in blocks of 250 steps of the study's images, fewer of larger ones, and at least one", () => {
    assert.equal(blockLength(study), 250);
    assert.equal(blockLength(flatLayout(2, 8)), 250);
    assert.equal(blockLength(flatLayout(4, 32)), 125);
    assert.equal(blockLength(flatLayout(2, 1024)), 1);
  });
});

describe("Validation images", () => {
  it("are the same however many are measured at a time", () => {
    const validation = streamSeed(1, 0, "validation");
    const [one, five] = [1, 5].map((batch) => {
      const layout = flatLayout(batch, 8);
      return scoped(() => pixelsOf(layout, drawValidation(layout, validation, 20, 3), 3));
    });
    assert.equal(one?.length, 20 * 64);
    assert.deepEqual(five, one);
  });

  it("are measured up to 8 at a time, none left over; all at once where their own moments count", () => {
    const counts = [100, 7, 1, 11, 16, 9];
    assert.deepEqual(
      counts.map((count) => validationBatch(count, "moving")),
      [5, 7, 1, 1, 8, 3],
    );
    assert.deepEqual(
      counts.map((count) => validationBatch(count, "batch")),
      counts,
    );
  });
});
