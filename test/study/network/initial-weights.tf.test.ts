import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Architecture,
  layerNames,
  packGradients,
  parameterCount,
  sizeOf,
  tensorOf,
  unpackParameters,
  variablesOf,
} from "../../../src/study/network/architecture.js";
import { type InitialWeights, initialParameters } from "../../../src/study/network/initial-weights.js";
import { streamSeed } from "../../../src/study/random.js";
import { initialState } from "../../../src/study/training-state.js";
import { loadTensorFlow, scoped, tf } from "../../../src/tensorflow/index.js";
import { largest, relativeError } from "../../helpers/training.js";

await loadTensorFlow({ threads: 1 });

const plain: Architecture = { batchNorm: false, filters: 4, convLayers: 2 };
const normed: Architecture = { ...plain, batchNorm: true };

/** One variable's values in every lane, by "layer kind". */
function initial(architecture: Architecture, streams: readonly InitialWeights[]): Map<string, number[]> {
  return scoped(() => {
    const layers = unpackParameters(architecture, initialParameters(architecture, streams));
    return new Map(
      variablesOf(architecture).map(({ layer, kind }) => [
        `${layer} ${kind}`,
        [...tensorOf(layers, layer, kind).dataSync()],
      ]),
    );
  });
}

const streams = Array.from({ length: 100 }, (_, run) => ({ stream: streamSeed(1, run, "weights"), kink: 0 }));

test("The study's network has 198 parameters without batch norm and 206 with it", () => {
  assert.equal(parameterCount(plain), 198);
  assert.equal(parameterCount(normed), 206);
});

test("A 3x3 convolution has a bias without batch norm, gamma and beta with it; the head always has a bias", () => {
  const kinds = (architecture: Architecture): string[] =>
    variablesOf(architecture).map(({ layer, kind }) => `${layer} ${kind}`);
  const of = (own: readonly string[]): string[] => [
    ...["conv1", "conv2"].flatMap((layer) => own.map((kind) => `${layer} ${kind}`)),
    ...["head weights", "head bias"],
  ];
  assert.deepEqual(kinds(plain), of(["weights", "bias"]));
  assert.deepEqual(kinds(normed), of(["weights", "gamma", "beta"]));
  assert.deepEqual(layerNames({ ...plain, convLayers: 3 }), ["conv1", "conv2", "conv3", "head"]);
});

test("Initial weights are uniform within Glorot's limits", () => {
  const fans = { conv1: 9 + 9 * 4, conv2: 9 * 4 + 9 * 4, head: 4 + 2 };
  const values = initial(plain, streams);
  for (const [layer, fan] of Object.entries(fans)) {
    const limit = Math.sqrt(6 / fan);
    const weights = values.get(`${layer} weights`) ?? [];
    const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
    const square = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
    assert.ok(largest(weights) <= limit, layer);
    assert.ok(largest(weights) > 0.98 * limit, layer);
    assert.ok(Math.abs(mean) < 0.1 * limit, `${layer}: mean ${mean}`);
    assert.ok(Math.abs(square / (limit ** 2 / 3) - 1) < 0.15, `${layer}: mean square ${square}`);
  }
});

test("Initially biases and beta are 0, gamma is 1, moving means are 0 and moving variances 1", () => {
  for (const architecture of [plain, normed]) {
    for (const [name, values] of initial(architecture, streams)) {
      if (!name.endsWith("weights")) {
        assert.deepEqual(new Set(values), new Set([name.endsWith("gamma") ? 1 : 0]), name);
      }
    }
  }
  const moving = scoped(() =>
    initialState(normed, streams).moving.map(({ mean, variance }) => [
      mean.arraySync(),
      variance.arraySync(),
    ]),
  );
  const constant = (value: number) => streams.map(() => [value, value, value, value]);
  assert.deepEqual(moving, [
    [constant(0), constant(1)],
    [constant(0), constant(1)],
  ]);
});

test("A first kink sets conv1's biases to minus its place times the sum of each unit's weights, and nothing else", () => {
  const [lane = assert.fail()] = streams;
  const base = initial(plain, [lane]);
  const moved = initial(plain, [{ ...lane, kink: 0.75 }]);
  const weights = base.get("conv1 weights") ?? [];
  const wanted = [0, 1, 2, 3].map(
    (unit) => -0.75 * weights.filter((_, index) => index % 4 === unit).reduce((sum, w) => sum + w, 0),
  );
  assert.ok(relativeError(moved.get("conv1 bias") ?? [], wanted, 0.1) < 1e-6);
  assert.deepEqual(new Map(moved).set("conv1 bias", [0, 0, 0, 0]), base);
});

test("Initial weights differ in every layer and every repetition", () => {
  const weights = ["conv1", "conv2", "head"].flatMap((layer) =>
    streams.map((stream) => (initial(plain, [stream]).get(`${layer} weights`) ?? []).slice(0, 4).join()),
  );
  assert.equal(new Set(weights).size, 300);
});

test("Initial weights are the same in all cells wherever shapes agree, with batch norm or more convolutions too", () => {
  const [stream] = streams;
  const base = initial(plain, [stream ?? assert.fail()]);
  for (const other of [normed, { ...plain, convLayers: 3 }]) {
    const values = initial(other, [stream ?? assert.fail()]);
    for (const layer of layerNames(plain)) {
      assert.deepEqual(values.get(`${layer} weights`), base.get(`${layer} weights`), layer);
    }
  }
});

test("Initial weights do not depend on the other lanes", () => {
  const alone = scoped(() => initialParameters(plain, streams.slice(7, 8)).arraySync() as number[][]);
  const together = scoped(() => initialParameters(plain, streams).arraySync() as number[][]);
  assert.deepEqual(together[7], alone[0]);
});

test("Unpacking parameters and packing them again returns them unchanged", () => {
  for (const architecture of [plain, normed, { ...normed, convLayers: 1, filters: 3 }]) {
    const count = parameterCount(architecture);
    const same = scoped(() => {
      const flat = tf.range(0, 2 * count).reshape([2, count]);
      const layers = Object.entries(unpackParameters(architecture, flat)).map(([layer, tensors]) => [
        layer,
        // As gradients of one loss: [lanes, 1, ...shape].
        Object.fromEntries(Object.entries(tensors).map(([kind, tensor]) => [kind, tf.expandDims(tensor, 1)])),
      ]);
      const joined = packGradients(architecture, Object.fromEntries(layers));
      return { joined: [...joined.dataSync()], flat: [...flat.dataSync()] };
    });
    assert.deepEqual(same.joined, same.flat);
    assert.equal(
      variablesOf(architecture).reduce((sum, variable) => sum + sizeOf(variable), 0),
      count,
    );
  }
});
