import assert from "node:assert/strict";
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { backend, loadTensorFlow, scoped, tf } from "../../../src/tensorflow/backend.js";
import { compileScan, type ScanOptions } from "../../../src/tensorflow/compile/scan.js";
import { recordLeaves } from "../../../src/tensorflow/compile/tensor-record.js";
import { readGraph, writeGraph } from "../../../src/tensorflow/store/graph-store.js";
import { nativeCounts } from "../../helpers/native-counts.js";
import { createTemporaryFolder } from "../../helpers/temporary-folder.js";

await loadTensorFlow({ threads: 1 });

const study = fileURLToPath(new URL("../../../src/study/", import.meta.url));

interface Carry {
  readonly sum: Tensor;
  readonly moments: readonly { readonly mean: Tensor; readonly count: Tensor }[];
  readonly noise?: Tensor | undefined;
}

/** Compiles a scan over nested records of several types and runs it. Counts the calls of its body. */
function compiledSums(options: ScanOptions) {
  const examples = () => ({
    carry: {
      sum: tf.tensor1d([1, 2]) as Tensor,
      moments: [{ mean: tf.scalar(0.5) as Tensor, count: tf.scalar(3, "int32") as Tensor }],
      noise: undefined,
    },
    xs: { rows: tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]) as Tensor },
    consts: { factor: tf.scalar(0.1) as Tensor },
  });
  let calls = 0;
  const body = ({ sum, moments }: Carry, { rows }: { rows: Tensor }, { factor }: { factor: Tensor }) => {
    calls++;
    const next = tf.add(sum, tf.mul(rows, factor));
    const counted = moments.map(({ mean, count }) => ({
      count: tf.add(count, tf.scalar(1, "int32")),
      mean: tf.add(mean, tf.mean(next)),
    }));
    return { carry: { noise: undefined, moments: counted, sum: next }, y: { next, seen: [rows] } };
  };
  const loaded = loadedModels(() => {
    const scan = compileScan<Carry, { rows: Tensor }, { factor: Tensor }, { next: Tensor; seen: Tensor[] }>(
      body,
      () => {
        calls++;
        return examples();
      },
      options,
    );
    return scoped(() => {
      const inputs = examples();
      const { carry, ys } = scan(inputs, 1, 3);
      assert.throws(() => scan(inputs, 0, 4), /a scan over 3 rows/);
      const bad = { ...inputs, consts: { factor: tf.zeros([2]) } };
      assert.throws(() => scan(bad, 0, 1), /consts\.factor of this compiled function is float32 \[\]; got/);
      scan.dispose();
      const leaves = [...recordLeaves(carry), ...recordLeaves(ys)];
      const keys = [Object.keys(carry), Object.keys(ys)];
      return { keys, values: leaves.map(({ path, tensor }) => [path, tensor.dtype, ...tensor.dataSync()]) };
    });
  });
  return { calls, ...loaded };
}

/** Returns the models that `fn` loads, as their hashes, by which they are named. */
function loadedModels<T>(fn: () => T): { readonly models: readonly string[]; readonly result: T } {
  const engine = backend();
  const { loadSavedModelMetaGraph } = engine;
  const models: string[] = [];
  engine.loadSavedModelMetaGraph = (folder, tags) => {
    models.push(folder);
    return loadSavedModelMetaGraph.call(engine, folder, tags);
  };
  try {
    return { result: fn(), models };
  } finally {
    engine.loadSavedModelMetaGraph = loadSavedModelMetaGraph;
  }
}

function newStore(key = "sums") {
  return { folder: createTemporaryFolder("scans"), code: [], key };
}

function onlyFile(folder: string): string {
  const [name = "", ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  return join(folder, name);
}

for (const xla of [false, true]) {
  test(`A stored scan ${xla ? "with" : "without"} XLA has the bytes of the traced one and its results, and calls neither body nor examples`, () => {
    const store = newStore();
    const plain = compiledSums({ xla });
    assert.deepEqual([plain.calls, plain.models.length], [2, 1]);
    assert.deepEqual(plain.result.keys, [
      ["sum", "moments", "noise"],
      ["next", "seen"],
    ]);
    assert.deepEqual(compiledSums({ xla, store }), plain);
    assert.deepEqual(compiledSums({ xla, store }), { ...plain, calls: 0 });
  });
}

test("A scan is traced for every key, with and without XLA, and stored for each", () => {
  const { folder, code } = newStore();
  const calls = () =>
    [
      { store: { folder, code, key: "a" } },
      { store: { folder, code, key: "b" } },
      { xla: true, store: { folder, code, key: "a" } },
      { store: { folder, key: "a", code: [study] } },
    ].map((options) => compiledSums(options).calls);
  assert.deepEqual(calls(), [2, 2, 2, 2]);
  assert.equal(readdirSync(folder).length, 4);
  assert.deepEqual(calls(), [0, 0, 0, 0]);
});

test("A scan of code that has changed since this process started is not stored", () => {
  const folder = createTemporaryFolder("changed-code");
  writeFileSync(join(folder, "body.ts"), "");
  const store = { ...newStore(), code: [folder] };
  assert.deepEqual([compiledSums({ store }).calls, compiledSums({ store }).calls], [2, 2]);
  assert.deepEqual(readdirSync(store.folder), []);
});

test("A damaged scan is traced again and replaced", () => {
  const store = newStore();
  const traced = compiledSums({ store });
  const path = onlyFile(store.folder);
  const bytes = readFileSync(path);
  truncateSync(path, 1000);
  assert.deepEqual(compiledSums({ store }), traced);
  assert.deepEqual(readFileSync(onlyFile(store.folder)), bytes);
});

test("A scan that TensorFlow does not accept is traced again and replaced", () => {
  const store = newStore();
  const traced = compiledSums({ store });
  const path = onlyFile(store.folder);
  const bytes = readFileSync(path);
  const { facts } = readGraph(path) ?? assert.fail();
  writeGraph(path, { facts, model: Buffer.from("not a model") });
  const again = compiledSums({ store });
  assert.deepEqual([again.calls, again.result], [2, traced.result]);
  assert.deepEqual(again.models.slice(1), traced.models);
  assert.deepEqual(readFileSync(onlyFile(store.folder)), bytes);
});

test("A scan compiles where its graph cannot be stored", () => {
  const store = { ...newStore(), folder: "/dev/null/none" };
  assert.deepEqual(compiledSums({ store }), compiledSums({}));
});

test("A stored scan leaves neither tensors nor sessions behind", () => {
  const store = newStore();
  compiledSums({ store });
  const before = nativeCounts();
  compiledSums({ store });
  assert.deepEqual(nativeCounts(), before);
});

test("Compiling a scan frees the examples that a function makes, also if the body throws", () => {
  const before = nativeCounts();
  const failing = () =>
    compileScan(
      () => {
        throw new Error("no step");
      },
      () => ({ carry: { x: tf.ones([2]) }, xs: { row: tf.ones([3]) }, consts: {} }),
    );
  assert.throws(failing, /no step/);
  assert.deepEqual(nativeCounts(), before);
});
