import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  disposeRecords,
  recordLeaves,
  recordStructure,
  tidyRecord,
} from "../../../src/tensorflow/compile/tensor-record.js";
import { loadTensorFlow, scoped, tf } from "../../../src/tensorflow/index.js";

await loadTensorFlow({ threads: 1 });

interface State {
  readonly weights: Tensor;
  readonly moving: readonly { readonly mean: Tensor; readonly variance: Tensor }[];
  readonly noise?: Tensor;
}

function stateOf(first: number): State {
  const moving = [1, 2].map((layer) => ({
    mean: tf.scalar(first + layer),
    variance: tf.scalar(first + 10 * layer),
  }));
  return { weights: tf.scalar(first), moving };
}

const paths = ["weights", "moving.0.mean", "moving.0.variance", "moving.1.mean", "moving.1.variance"];

test("A record's tensors have paths through its records and arrays", () => {
  scoped(() => {
    const leaves = recordLeaves(stateOf(100));
    assert.deepEqual(
      leaves.map(({ path }) => path),
      paths,
    );
    assert.deepEqual(
      leaves.map(({ tensor }) => tensor.dataSync()[0]),
      [100, 101, 110, 102, 120],
    );
  });
});

test("A record's structure lists the tensors of another record in its own order, and builds the record again", () => {
  scoped(() => {
    const structure = recordStructure("the state", stateOf(0));
    assert.deepEqual(structure.paths, paths);
    const { weights, moving } = stateOf(100);
    const turned: State = { moving: moving.map(({ mean, variance }) => ({ variance, mean })), weights };
    const tensors = structure.flatten(turned);
    assert.deepEqual(
      tensors.map((tensor) => tensor.dataSync()[0]),
      [100, 101, 110, 102, 120],
    );
    assert.deepEqual(structure.unflatten(tensors), { weights, moving });
    assert.throws(() => structure.unflatten(tensors.slice(1)), /needs more than 4 of them/);
  });
});

test("A record with a missing or an unknown tensor is refused, and the tensor is named", () => {
  scoped(() => {
    const structure = recordStructure("the state", stateOf(0));
    const { weights, moving } = stateOf(100);
    assert.throws(
      () => structure.flatten({ weights, moving: moving.slice(1) }),
      /the state lacks its tensor "moving\.1\.mean"; it has "weights", "moving\.0\.mean"/,
    );
    assert.throws(
      () => structure.flatten({ weights, moving, noise: weights }),
      /the state has no tensor "noise"; it has "weights"/,
    );
  });
});

test("tidyRecord frees all tensors but those of the record, and all of them if it throws", () => {
  const before = tf.memory().numTensors;
  const state = tidyRecord(() => {
    stateOf(0);
    return stateOf(100);
  });
  assert.equal(tf.memory().numTensors, before + 5);
  assert.throws(() =>
    tidyRecord((): State => {
      stateOf(0);
      throw new Error("too late");
    }),
  );
  assert.equal(tf.memory().numTensors, before + 5);
  disposeRecords(state);
  assert.equal(tf.memory().numTensors, before);
});
