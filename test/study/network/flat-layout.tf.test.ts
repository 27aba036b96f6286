import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  crop,
  flatLayout,
  pixelMask,
  sumOverPositions,
  toFlatLayout,
} from "../../../src/study/network/flat-layout.js";
import { loadTensorFlow, scoped, tf } from "../../../src/tensorflow/index.js";

await loadTensorFlow({ threads: 1 });

const numbers = (make: () => Tensor): number[] => scoped(() => [...make().dataSync()]);

test("A flat layout holds images row after row with zeros between and around them", () => {
  const layout = flatLayout(2, 2);
  const laidOut = numbers(() => toFlatLayout(layout, tf.range(1, 9), 1));
  assert.deepEqual(laidOut, [0, 1, 2, 0, 3, 4, 0, 0, 0, 0, 5, 6, 0, 7, 8, 0, 0, 0, 0, 0]);
  assert.equal(layout.length, 18);
  assert.equal(layout.pixels, 8);
});

test("The pixel mask is 1 at pixels and 0 elsewhere", () => {
  const layout = flatLayout(2, 2);
  const marked = numbers(() => pixelMask(layout, 1));
  assert.deepEqual(marked, [0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0]);
});

test("A crop with an offset returns every pixel's neighbor, and zeros beyond the image's edge", () => {
  const layout = flatLayout(2, 3);
  const images = Array.from({ length: 18 }, (_, index) => index + 1);
  const halo = layout.kernelReach;
  const shifted = numbers(() => {
    const values = toFlatLayout(layout, tf.tensor1d(images), halo);
    // The pixel below and to the right.
    return crop({ values, halo }, 0, layout.rowPitch + 1);
  });
  const atPixels = shifted.filter((_, position) => position % 4 < 3 && position % 16 < 12);
  assert.deepEqual(atPixels, [5, 6, 0, 8, 9, 0, 0, 0, 0, 14, 15, 0, 17, 18, 0, 0, 0, 0]);
});

test("The sum over positions has a gradient of 1 at every position", () => {
  assert.deepEqual(
    numbers(() => sumOverPositions(tf.tensor3d([[[1, 2, 3]], [[4, 5, 6]]]))),
    [6, 15],
  );
  assert.deepEqual(
    numbers(() => tf.grad((x) => sumOverPositions(x).mul(tf.tensor2d([[2], [3]])))(tf.ones([2, 1, 2]))),
    [2, 2, 3, 3],
  );
});

test("A crop with an offset beyond the halo is refused", () => {
  const values = tf.zeros([1, 14]);
  for (const [halo, offset] of [
    [3, 0],
    [1, 2],
    [1, -2],
    [-1, 0],
  ] as const) {
    assert.throws(() => crop({ values, halo: 2 }, halo, offset), RangeError, `${halo} ${offset}`);
  }
  assert.deepEqual(
    [0, 1, -1].map((offset) => crop({ values, halo: 2 }, 1, offset).shape),
    [
      [1, 12],
      [1, 12],
      [1, 12],
    ],
  );
});
