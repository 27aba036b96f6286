import assert from "node:assert/strict";
import { test } from "node:test";
import { laneTensor } from "../../src/study/lanes/lane-parameters.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { networkInput, sceneOf } from "../../src/study/mini-batch.js";
import { flatLayout } from "../../src/study/network/flat-layout.js";
import { openNetwork } from "../../src/study/network/network.js";
import type { Cell } from "../../src/study/run.js";
import { loadTensorFlow, scoped } from "../../src/tensorflow/index.js";
import { randomSample } from "../helpers/mersenne-twister.js";
import { differences, knownLosses, labelsOf, lossesOf, norm } from "../helpers/reference-network.js";
import { batchFor, cellOf, eagerStep, lanePerLoss, lanesOf, relativeError } from "../helpers/training.js";

await loadTensorFlow({ threads: 1 });

const size = 4;
const shape = { batchSize: 1, imageSize: size, filters: 2, convLayers: 1, optimizer: "sgd" } as const;
const next = randomSample(5);
const pixels = Array.from({ length: size * size }, () => Math.fround(next()));
const parameters = Array.from({ length: 18 + 2 + 4 + 2 }, () => Math.fround(next() - 0.5));

/**
 * Returns the network's input at pixels, what lies around it, and the labels, in lanes that differ in
 * something.
 */
function seenBy(variations: readonly Partial<Cell>[], images = pixels) {
  const runs = lanesOf(shape, variations);
  const signature = stepSignature(runs[0] ?? assert.fail());
  const network = openNetwork(signature, flatLayout(1, size));
  const result = scoped(() => {
    const lanes = laneTensor(signature, runs);
    const scene = sceneOf(network, signature, lanes, { images: batchFor(network, images, runs.length) });
    const marked = [...network.mask(0).dataSync()];
    // With one convolution the logits have no halo; the image has one kernel reach.
    const atPixels = (row: number[], halo: number): number[] =>
      row.slice(halo, row.length - halo).filter((_, index) => marked[index] === 1);
    const input = networkInput(network, lanes, scene.image()).values.arraySync() as number[][];
    const labels = scene.foreground().arraySync() as number[][];
    return {
      input: input.map((row) => atPixels(row, network.imageHalo)),
      padding: input.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)),
      labels: labels.map((row) => atPixels(row, 0)),
    };
  });
  network.close();
  return result;
}

test("A pixel is foreground above the threshold, background at the threshold and below", () => {
  const images = Array.from({ length: 16 }, (_, index) => index / 16);
  const { labels } = seenBy([{ threshold: 0.25 }, { threshold: 0.5 }, { threshold: 0.9375 }], images);
  assert.deepEqual(
    labels.map((lane) => lane.indexOf(1)),
    [5, 9, -1],
  );
});

test("Labels come from the raw image, whatever the network sees of it", () => {
  const { labels } = seenBy([{ input: "raw" }, { input: "inverted" }, { input: "centred" }]);
  assert.deepEqual(labels, [labels[0], labels[0], labels[0]]);
  assert.deepEqual(labels[0], labelsOf({ batch: 1, size, values: pixels }, 0.5));
});

test("The network sees the image, its inverse or the image less a half, with zeros around it", () => {
  const { input, padding } = seenBy([{ input: "raw" }, { input: "inverted" }, { input: "centred" }]);
  const wanted = [pixels, pixels.map((x) => 1 - x), pixels.map((x) => x - 0.5)];
  for (const [lane, values] of wanted.entries()) {
    assert.ok(relativeError(input[lane] ?? [], values, 1) < 1e-7, `lane ${lane}`);
    const inside = values.reduce((sum, x) => sum + Math.abs(x), 0);
    assert.ok(Math.abs((padding[lane] ?? 0) - inside) < 1e-5, "something but zero lies around the image");
  }
});

const share = 0.25;
const noise = Array.from({ length: size * size }, () => Math.fround(next()));
const base = { ...shape, labelNoise: share, threshold: 0.5 };
const images = { batch: 1, size, values: pixels };

test("Label noise swaps the labels of exactly the pixels whose noise is below the share", () => {
  const { signature, runs } = lanePerLoss(base);
  assert.equal(signature.noisy, true);
  const network = openNetwork(signature, flatLayout(1, size));
  const { rows } = eagerStep(network, signature, runs, parameters, pixels, noise);
  network.close();
  const clean = labelsOf(images, 0.5);
  const labels = clean.map((label, pixel) => ((noise[pixel] ?? 1) < share ? 1 - label : label));
  assert.notDeepEqual(labels, clean);
  const values = (moved: ArrayLike<number>) => lossesOf(signature, moved, images, cellOf(base), labels);
  const wanted = values(parameters);
  const slopes = differences(values, parameters);
  const [row] = rows;
  const errors = [
    relativeError(
      row?.slice(0, 8) ?? [],
      knownLosses.map((name) => wanted[name]),
    ),
    relativeError(
      row?.slice(8) ?? [],
      knownLosses.map((name) => norm(slopes[name])),
      1e-3,
    ),
  ];
  assert.ok(Math.max(...errors) < 1e-3, `values and norms are ${errors} off`);
});

test("A lane without label noise has the same numbers next to a lane with it", () => {
  const { signature } = lanePerLoss(base);
  const runs = lanesOf(base, [{ labelNoise: 0 }, { labelNoise: share }]);
  const network = openNetwork(signature, flatLayout(1, size));
  const { rows } = eagerStep(network, signature, runs, parameters, pixels, noise);
  const quiet = eagerStep(network, { ...signature, noisy: false }, runs, parameters, pixels);
  network.close();
  assert.deepEqual(rows[0], quiet.rows[0]);
  assert.notDeepEqual(rows[1], quiet.rows[1]);
});
