import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  blockLength,
  drawBlock,
  drawValidation,
  locateStep,
  validationBatch,
} from "../../src/study/images.js";
import { type FlatLayout, flatLayout, pixelMask } from "../../src/study/network/flat-layout.js";
import { streamSeed } from "../../src/study/random.js";
import { loadTensorFlow, scoped } from "../../src/tensorflow/index.js";

await loadTensorFlow({ threads: 1 });

const study = flatLayout(2, 32);
const stream = streamSeed(1, 0, "training");

/** Returns the pixels on a layout, row after row. */
function pixelsOf(layout: FlatLayout, laidOut: Tensor, halo: number): number[] {
  const mask = pixelMask(layout, halo).dataSync();
  return [...laidOut.dataSync()].filter((_, index) => mask[index % mask.length] === 1);
}

test("Training images are uniform in [0, 1) and their pixels are uncorrelated", () => {
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
  // Uncorrelated neighbors: the mean product is the product of the means.
  const products = pixels.slice(1).reduce((sum, x, index) => sum + x * (pixels[index] ?? 0), 0);
  assert.ok(Math.abs(products / pixels.length - 1 / 4) < 0.002, "neighbors are correlated");
});

test("Training images differ in every step, block and stream", () => {
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

test("Training images do not depend on the halo of their layout", () => {
  const [bare, withHalo] = scoped(() =>
    [0, 2 * study.kernelReach].map((halo) => pixelsOf(study, drawBlock(study, stream, 5, halo), halo)),
  );
  assert.deepEqual(withHalo, bare);
});

test("Block 0 ends with step 0, every other block with a multiple of its length", () => {
  assert.deepEqual(locateStep(0, 250), { block: 0, row: 249 });
  assert.deepEqual(locateStep(1, 250), { block: 1, row: 0 });
  assert.deepEqual(locateStep(250, 250), { block: 1, row: 249 });
  assert.deepEqual(locateStep(10_000, 250), { block: 40, row: 249 });
  assert.deepEqual(locateStep(7, 1), { block: 7, row: 0 });
});

test("A block holds 250 steps of the study's images, fewer of larger ones, and at least one", () => {
  assert.equal(blockLength(study), 250);
  assert.equal(blockLength(flatLayout(2, 8)), 250);
  assert.equal(blockLength(flatLayout(4, 32)), 125);
  assert.equal(blockLength(flatLayout(2, 1024)), 1);
});

test("Validation images do not depend on how many are evaluated at a time", () => {
  const validation = streamSeed(1, 0, "validation");
  const [one, five] = [1, 5].map((batch) => {
    const layout = flatLayout(batch, 8);
    return scoped(() => pixelsOf(layout, drawValidation(layout, validation, 20, 3), 3));
  });
  assert.equal(one?.length, 20 * 64);
  assert.deepEqual(five, one);
});

test("Validation images are evaluated up to 8 at a time without a rest, or all at once for their own moments", () => {
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
