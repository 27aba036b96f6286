import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  layerNames,
  layerRanges,
  parameterCount,
  sizeOf,
  variablesOf,
} from "../../../src/study/network/architecture.js";
import { flatLayout } from "../../../src/study/network/flat-layout.js";
import { openNetwork } from "../../../src/study/network/network.js";
import { rowLayout } from "../../../src/study/row-layout.js";
import type { Cell } from "../../../src/study/run.js";
import { loadTensorFlow } from "../../../src/tensorflow/index.js";
import { randomSample } from "../../helpers/mersenne-twister.js";
import { differences, knownLosses, lossesOf, norm } from "../../helpers/reference-network.js";
import { cellOf, eagerStep, lanePerLoss, largest, relativeError } from "../../helpers/training.js";

await loadTensorFlow({ threads: 1 });

type Shape = Pick<Cell, "batchNorm" | "convLayers" | "filters" | "batchSize" | "imageSize">;

/**
 * Returns parameters without special values: Glorot-like weights, biases and beta within 0.1, gamma within
 * 0.5 and 1.5.
 */
function parametersFor(shape: Shape, seed: number): number[] {
  const next = randomSample(seed);
  return variablesOf(shape).flatMap((variable) => {
    const { kind, shape: sizes } = variable;
    const fan = sizes.slice(0, -1).reduce((product, size) => product * size, 1);
    const limit = kind === "weights" ? Math.sqrt(3 / fan) : 0.1;
    return Array.from({ length: sizeOf(variable) }, () =>
      Math.fround(kind === "gamma" ? 0.5 + next() : limit * (2 * next() - 1)),
    );
  });
}

/** Returns uniform pixels, none so near the threshold that rounding could move it across. */
function pixelsFor({ batchSize, imageSize }: Shape, threshold: number, seed: number): number[] {
  const next = randomSample(seed);
  return Array.from({ length: batchSize * imageSize ** 2 }, () => {
    const value = Math.fround(next());
    return Math.abs(value - threshold) < 1e-5 ? Math.fround(threshold + 1e-3) : value;
  });
}

/** Compares the values, norms and gradients of all losses of one step with the reference. */
function check(shape: Shape, settings: Partial<Cell>, seed: number, tolerance: number): void {
  const base = { optimizer: "sgd", ...shape, ...settings } as const;
  const cell = cellOf(base);
  const { signature, runs } = lanePerLoss(base);
  const parameters = parametersFor(shape, seed);
  const images = {
    batch: shape.batchSize,
    size: shape.imageSize,
    values: pixelsFor(shape, cell.threshold, seed + 1),
  };
  const network = openNetwork(signature, flatLayout(shape.batchSize, shape.imageSize));
  const { rows, gradients } = eagerStep(network, signature, runs, parameters, images.values);
  network.close();
  const values = (moved: ArrayLike<number>) => lossesOf(signature, moved, images, cell);
  const wanted = values(parameters);
  const slopes = differences(values, parameters);
  for (const [lane, name] of knownLosses.entries()) {
    const row = rows[lane] ?? [];
    assert.ok(
      relativeError([row[lane] ?? Number.NaN], [wanted[name]], 0.01) < tolerance,
      `${name}: ${row[lane]} is not ${wanted[name]}`,
    );
    const length = norm(slopes[name]);
    assert.ok(
      relativeError([row[knownLosses.length + lane] ?? Number.NaN], [length], 1e-3) < tolerance,
      `${name}: norm ${row[knownLosses.length + lane]} is not ${length}`,
    );
    const error = relativeError(gradients[lane] ?? [], slopes[name], Math.max(1e-3, largest(slopes[name])));
    assert.ok(error < tolerance, `${name}: ${error} of the largest off`);
  }
}

for (const batchNorm of [false, true]) {
  for (const convLayers of [1, 2, 3]) {
    const title = `${convLayers} convolutions ${batchNorm ? "with" : "without"} batch norm`;
    test(`The gradients of all losses agree with finite differences: ${title}`, () => {
      check({ batchNorm, convLayers, filters: 3, batchSize: 2, imageSize: 6 }, { threshold: 0.4 }, 1, 2e-4);
    });
  }
}

test("The gradients of all losses agree with finite differences in random networks, tasks and settings", () => {
  const shape = fc.record({
    batchNorm: fc.boolean(),
    convLayers: fc.integer({ min: 1, max: 3 }),
    filters: fc.integer({ min: 1, max: 4 }),
    batchSize: fc.integer({ min: 1, max: 3 }),
    imageSize: fc.integer({ min: 3, max: 5 }),
  });
  const settings = fc.record({
    threshold: fc.double({ min: 0.1, max: 0.9, noNaN: true }).map(Math.fround),
    input: fc.constantFrom<Cell["input"]>("raw", "inverted", "centred"),
    inputShift: fc.constantFrom(0, -0.5, 0.25),
    lossEpsilon: fc.constantFrom(1e-7, 1e-3, 0.1),
    foregroundWeight: fc.constantFrom<Cell["foregroundWeight"]>("inverse", 0.25, 0.9),
    focalGamma: fc.constantFrom(0, 0.5, 1, 2, 5),
    tverskyAlpha: fc.double({ min: 0, max: 2, noNaN: true }).map(Math.fround),
    tverskyBeta: fc.double({ min: 0, max: 2, noNaN: true }).map(Math.fround),
  });
  fc.assert(
    fc.property(shape, settings, fc.nat(1e6), (sizes, given, seed) => check(sizes, given, seed, 1e-3)),
    { numRuns: 20, seed: 1 },
  );
});

test("The squares of the norms per layer add up to the square of the global norm", () => {
  const shape = { batchNorm: true, convLayers: 3, filters: 3, batchSize: 2, imageSize: 6 };
  const { signature, runs } = lanePerLoss({ optimizer: "sgd", ...shape });
  const perLayer = { ...signature, perLayer: true };
  const network = openNetwork(signature, flatLayout(2, 6));
  const parameters = parametersFor(shape, 3);
  const { rows, gradients } = eagerStep(network, perLayer, runs, parameters, pixelsFor(shape, 0.5, 4));
  network.close();
  const count = knownLosses.length;
  const layers = layerNames(signature);
  for (const [lane, name] of knownLosses.entries()) {
    const row = rows[lane] ?? [];
    assert.equal(row.length, rowLayout(perLayer).columns.length);
    const byLayer = row.slice(count * 2 + lane * layers.length, count * 2 + (lane + 1) * layers.length);
    assert.ok(Math.abs(norm(byLayer) / (row[count + lane] ?? 0) - 1) < 1e-5, name);
    // Each lane trains its own loss: its gradient's pieces have these norms.
    assert.ok(relativeError(byLayer, normsByLayer(shape, gradients[lane] ?? [])) < 1e-5, name);
  }
});

test("A frozen layer keeps its parameters and its gradient, and all others are trained as without it", () => {
  const shape = { batchNorm: true, convLayers: 2, filters: 3, batchSize: 2, imageSize: 6 };
  const { signature, runs } = lanePerLoss({ optimizer: "adam", ...shape }, ["cce", "dice"]);
  const network = openNetwork(signature, flatLayout(2, 6));
  const before = parametersFor(shape, 3);
  const images = pixelsFor(shape, 0.5, 4);
  const free = eagerStep(network, signature, runs, before, images);
  for (const [index, { begin, size }] of layerRanges(shape).entries()) {
    const frozen = eagerStep(network, { ...signature, frozenLayer: index + 1 }, runs, before, images);
    assert.deepEqual(frozen.rows, free.rows);
    for (const [lane, after] of frozen.parameters.entries()) {
      const trained = free.parameters[lane] ?? [];
      const wanted = [...trained.slice(0, begin), ...Array.from(before).slice(begin, begin + size)];
      assert.deepEqual(after, [...wanted.map(Math.fround), ...trained.slice(begin + size)]);
    }
  }
  network.close();
});

function normsByLayer(shape: Shape, gradient: readonly number[]): number[] {
  const rest = [...gradient];
  const layers = new Map<string, number[]>();
  for (const variable of variablesOf(shape)) {
    const part = rest.splice(0, sizeOf(variable));
    layers.set(variable.layer, [...(layers.get(variable.layer) ?? []), ...part]);
  }
  assert.equal(parameterCount(shape), gradient.length);
  return [...layers.values()].map(norm);
}
