import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { backend, loadTensorFlow, scoped, tf } from "../../../../src/tensorflow/backend.js";
import { compile } from "../../../../src/tensorflow/compile/compile.js";
import { lowerDirectly } from "../../../../src/tensorflow/compile/passes/lower-directly.js";
import { mergeDuplicates } from "../../../../src/tensorflow/compile/passes/merge-duplicates.js";
import { optimizeForXla } from "../../../../src/tensorflow/compile/passes/passes.js";
import {
  type Operation,
  type TensorFunction,
  type Trace,
  trace,
} from "../../../../src/tensorflow/compile/trace.js";

await loadTensorFlow({ threads: 1 });

const values = [-2, -0, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3];

function tracedOn(fn: TensorFunction, ...examples: readonly Tensor[]): Trace {
  return trace(fn, examples);
}

function opsOf({ operations }: Trace): string[] {
  return operations.map(({ op }) => op);
}

/** Every input of an operation is an earlier one's output, and every result is there. */
function assertOrdered({ operations, results }: Trace): void {
  const isKnown = (index: number, { inputs }: Pick<Operation, "inputs">): boolean =>
    inputs.every((source) => source.from !== "operation" || source.index < index);
  assert.ok(operations.every((operation, index) => isKnown(index, operation)));
  assert.ok(isKnown(operations.length, { inputs: results }));
}

test("Operations that XLA lowers slowly are replaced by others with the same values", () => {
  scoped(() => {
    const fn: TensorFunction = (x) => [
      tf.relu(x),
      tf.abs(x),
      tf.where(tf.greater(x, 1), x, tf.neg(x)),
      tf.exp(tf.neg(tf.abs(x))),
    ];
    const x = tf.tensor1d(values);
    const lowered = lowerDirectly(tracedOn(fn, x));
    assertOrdered(lowered);
    const slow = opsOf(lowered).filter((op) => ["Relu", "Abs", "Select"].includes(op));
    assert.deepEqual(slow, []);
    const program = compile(fn, [tf.zeros([values.length])], { xla: true });
    const bits = (tensors: readonly Tensor[]): number[][] =>
      // +0 and -0 are one value here, as in every comparison and sum.
      tensors.map((tensor) => [...tensor.dataSync()].map((value) => (value === 0 ? 0 : value)));
    assert.deepEqual(bits(program(x)).slice(0, 3), bits([...fn(x)]).slice(0, 3));
    program.dispose();
  });
});

test("Operations on whole numbers stay as they are", () => {
  scoped(() => {
    const traced = tracedOn((x) => [tf.abs(x)], tf.tensor1d([-1, 2], "int32"));
    assert.deepEqual(lowerDirectly(traced), traced);
  });
});

test("Equal operations are merged, and only these", () => {
  scoped(() => {
    const fn: TensorFunction = (x, y) => [
      tf.add(tf.mul(x, y), tf.mul(x, y)),
      tf.mul(y, x),
      tf.sum(tf.mul(x, y), 0),
      tf.sum(tf.mul(x, y), 1),
    ];
    const merged = mergeDuplicates(tracedOn(fn, tf.ones([2, 3]), tf.ones([2, 3])));
    assertOrdered(merged);
    assert.deepEqual(opsOf(merged).toSorted(), ["Add", "Mul", "Mul", "Sum", "Sum"]);
    const [x, y] = [
      tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      tf.tensor2d([
        [6, 5, 4],
        [3, 2, 1],
      ]),
    ];
    const program = compile(fn, [x, y], { xla: true });
    assert.deepEqual(
      program(x, y).map((tensor) => tensor.arraySync()),
      fn(x, y).map((tensor) => tensor.arraySync()),
    );
    program.dispose();
  });
});

test("Operations whose results differ from call to call are not merged", () => {
  scoped(() => {
    // Kinds of attributes: 1 is an int, 4 a type.
    const draw = (): Tensor =>
      backend().executeSingleOutput(
        "RandomStandardNormal",
        [
          { name: "dtype", type: 4, value: 1 },
          { name: "T", type: 4, value: 3 },
          { name: "seed", type: 1, value: 0 },
          { name: "seed2", type: 1, value: 0 },
        ],
        [tf.tensor1d([2], "int32")],
      );
    const traced = tracedOn((x) => [tf.add(x, tf.add(draw(), draw()))], tf.zeros([2]));
    assert.equal(opsOf(mergeDuplicates(traced)).filter((op) => op === "RandomStandardNormal").length, 2);
  });
});

test("Results that are inputs or constants, or that are returned twice, stay what they are", () => {
  scoped(() => {
    const one = tf.scalar(1);
    const traced = optimizeForXla(
      tracedOn(
        (x) => {
          const y = tf.relu(x);
          return [x, one, y, y, tf.relu(x)];
        },
        tf.zeros([3]),
      ),
    );
    assert.deepEqual(
      traced.results.map(({ from, index }) => [from, index]),
      [
        ["input", 0],
        ["constant", 0],
        ["operation", 0],
        ["operation", 0],
        ["operation", 0],
      ],
    );
  });
});
