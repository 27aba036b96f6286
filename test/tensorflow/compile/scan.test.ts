import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import fc from "fast-check";
import { loadTensorFlow, scoped, tf } from "../../../src/tensorflow/backend.js";
import {
  type CompiledScan,
  compileScan,
  type ScanBody,
  type ScanInputs,
} from "../../../src/tensorflow/compile/scan.js";
import { counts } from "../../helpers/native-counts.js";

await loadTensorFlow({ threads: 1 });

interface Numbers {
  readonly carried: number[][];
  readonly emitted: number[][];
}

function numbers(tensors: readonly Tensor[]): number[][] {
  return tensors.map((tensor) => [...tensor.dataSync()]);
}

function call(loop: CompiledScan, inputs: ScanInputs, first: number, end: number): Numbers {
  const { carried, emitted } = loop(inputs, first, end);
  return { carried: numbers(carried), emitted: numbers(emitted) };
}

/** The same loop one eager iteration after the other. */
function eagerly(
  body: ScanBody,
  { carried, sequences, constants }: ScanInputs,
  first: number,
  end: number,
): Numbers {
  let state = carried;
  const rows: Tensor[][] = [];
  const lengths = sequences.map(({ shape }) => shape[0] ?? 0);
  for (let index = 0; index < (lengths[0] ?? 0); index++) {
    const items = sequences.map((sequence) => tf.squeeze(tf.slice(sequence, index, 1), [0]));
    const result = body(state, items, constants);
    const runs = index >= first && index < end;
    rows.push(result.emitted.map((row) => (runs ? row : tf.zerosLike(row))));
    state = runs ? result.carried : state;
  }
  const emitted = (rows[0] ?? []).map((_, at) => tf.stack(rows.map((row) => row[at] ?? assert.fail())));
  return { carried: numbers(state), emitted: numbers(emitted) };
}

const present = (tensor: Tensor | undefined): Tensor => tensor ?? assert.fail();

/** Carries a vector and a count; emits the vector, an int32 and a bool. */
const mixture: ScanBody = ([state, count], [row, other], [weights]) => {
  const next = tf.tanh(
    tf.add(tf.mul(present(state), present(weights)), tf.mul(present(row), present(other))),
  );
  const done = tf.add(present(count), tf.scalar(1, "int32"));
  return {
    carried: [next, done],
    emitted: [next, done, tf.greater(next, 0), tf.sum(next)],
  };
};

function mixtureInputs(): ScanInputs {
  const wave = (...shape: number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Array.from({ length: size }, (_, index) => Math.sin(index * 12.9898 + size)),
      shape,
    );
  };
  return {
    carried: [wave(3), tf.scalar(10, "int32")],
    sequences: [wave(6, 3), wave(6)],
    constants: [wave(3)],
  };
}

for (const xla of [false, true]) {
  describe(`A compiled loop${xla ? " by XLA" : ""}`, () => {
    it("does its iterations one after the other, over several sequences, and emits rows of several types", () => {
      scoped(() => {
        const inputs = mixtureInputs();
        const loop = compileScan(mixture, inputs, { xla });
        const got = call(loop, inputs, 0, 6);
        loop.dispose();
        const wanted = eagerly(mixture, inputs, 0, 6);
        if (xla) {
          const apart = got.carried
            .flat()
            .map((value, at) => Math.abs(value - (wanted.carried.flat()[at] ?? 0)));
          assert.ok(Math.max(...apart) < 1e-6, `${got.carried}, not ${wanted.carried}`);
          assert.deepEqual(got.emitted.slice(1, 3), wanted.emitted.slice(1, 3));
        } else {
          assert.deepEqual(got, wanted);
        }
      });
    });

    it("does any part of them, none included, with 0 in the rows of the others", () => {
      scoped(() => {
        const sums: ScanBody = ([sum], [row]) => {
          const next = tf.add(present(sum), present(row));
          return { carried: [next], emitted: [next] };
        };
        const inputs = { carried: [tf.scalar(100)], sequences: [tf.tensor1d([1, 2, 4, 8])], constants: [] };
        const loop = compileScan(sums, inputs, { xla });
        assert.deepEqual(call(loop, inputs, 0, 4), { carried: [[115]], emitted: [[101, 103, 107, 115]] });
        assert.deepEqual(call(loop, inputs, 1, 3), { carried: [[106]], emitted: [[0, 102, 106, 0]] });
        assert.deepEqual(call(loop, inputs, 3, 4), { carried: [[108]], emitted: [[0, 0, 0, 108]] });
        assert.deepEqual(call(loop, inputs, 2, 2), { carried: [[100]], emitted: [[0, 0, 0, 0]] });
        assert.deepEqual(call(loop, inputs, 4, 4), { carried: [[100]], emitted: [[0, 0, 0, 0]] });
        for (const [first, end] of [
          [0, 5],
          [-1, 2],
          [3, 2],
          [0, 1.5],
        ] as const) {
          assert.throws(() => loop(inputs, first, end), /RangeError: a loop over 4 rows cannot run from/);
        }
        loop.dispose();
      });
    });

    it("may swap what it carries, pass it through, emit nothing, and see a constant of its own", () => {
      scoped(() => {
        const own = tf.tensor1d([1, 1]);
        const fibonacci: ScanBody = ([a, b, c]) => ({
          carried: [present(b), tf.add(present(a), tf.mul(present(b), own)), present(c)],
          emitted: [],
        });
        const inputs = {
          carried: [tf.tensor1d([0, 2]), tf.tensor1d([1, 1]), tf.tensor1d([true, false], "bool")],
          sequences: [tf.zeros([9])],
          constants: [],
        };
        const loop = compileScan(fibonacci, inputs, { xla });
        assert.deepEqual(call(loop, inputs, 0, 9).carried, [
          [34, 76],
          [55, 123],
          [1, 0],
        ]);
        loop.dispose();
      });
    });

    it("gives tensors of their own even where it does nothing", () => {
      scoped(() => {
        const inputs = { carried: [tf.tensor1d([1, 2])], sequences: [tf.zeros([3])], constants: [] };
        const loop = compileScan(([x]) => ({ carried: [tf.neg(present(x))], emitted: [] }), inputs, { xla });
        const { carried } = loop(inputs, 0, 0);
        inputs.carried[0]?.dispose();
        assert.deepEqual(numbers(carried), [[1, 2]]);
        loop.dispose();
      });
    });
  });
}

describe("A compiled loop", () => {
  it("gives the bits of eager iterations over any range", () => {
    scoped(() => {
      const inputs = mixtureInputs();
      const loop = compileScan(mixture, inputs);
      const range = fc.tuple(fc.nat(6), fc.nat(6)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
      fc.assert(
        fc.property(range, ([first, end]) => {
          scoped(() =>
            assert.deepEqual(call(loop, inputs, first, end), eagerly(mixture, inputs, first, end)),
          );
        }),
        { numRuns: 15, seed: 1 },
      );
      loop.dispose();
    });
  });

  it("goes on where another call has stopped", () => {
    scoped(() => {
      const inputs = mixtureInputs();
      const loop = compileScan(mixture, inputs);
      const { carried } = loop(inputs, 0, 2);
      assert.deepEqual(call(loop, { ...inputs, carried }, 2, 6).carried, call(loop, inputs, 0, 6).carried);
      loop.dispose();
    });
  });

  it("lives beside other loops", () => {
    scoped(() => {
      const inputs = { carried: [tf.scalar(1)], sequences: [tf.tensor1d([2, 3])], constants: [] };
      const sum = compileScan(
        ([x], [row]) => ({ carried: [tf.add(present(x), present(row))], emitted: [] }),
        inputs,
      );
      const product = compileScan(
        ([x], [row]) => ({ carried: [tf.mul(present(x), present(row))], emitted: [] }),
        inputs,
      );
      assert.deepEqual(
        [sum, product].map((loop) => call(loop, inputs, 0, 2).carried),
        [[[6]], [[6]]],
      );
      sum.dispose();
      assert.deepEqual(call(product, inputs, 1, 2).carried, [[3]]);
      assert.throws(() => sum(inputs, 0, 2), /is disposed/);
      product.dispose();
      product.dispose();
    });
  });

  it("leaves neither tensor nor session nor folder behind", () => {
    const inputs = mixtureInputs();
    const all = [...inputs.carried, ...inputs.sequences, ...inputs.constants];
    for (const xla of [false, true]) {
      const warm = compileScan(mixture, inputs, { xla });
      scoped(() => call(warm, inputs, 0, 6));
      warm.dispose();
      const before = counts();
      const loop = compileScan(mixture, inputs, { xla });
      for (let time = 0; time < 20; time++) {
        const { carried, emitted } = loop(inputs, 0, time % 7);
        tf.dispose([...carried, ...emitted]);
      }
      assert.throws(() => loop({ ...inputs, carried: [] }, 0, 1), /takes/);
      loop.dispose();
      assert.deepEqual(counts(), before);
    }
    tf.dispose(all);
  });
});

describe("A loop that cannot be", () => {
  const inputs = {
    carried: [tf.tensor1d([1, 2])],
    sequences: [tf.zeros([3, 2])],
    constants: [],
  };
  const mistakes: Readonly<Record<string, readonly [ScanBody, ScanInputs, RegExp]>> = {
    "changes the shape of what it carries": [
      ([x]) => ({ carried: [tf.concat([present(x), present(x)])], emitted: [] }),
      inputs,
      /value 0 is float32 \[2\] and comes back as float32 \[4\]/,
    ],
    "changes the type of what it carries": [
      ([x]) => ({ carried: [tf.cast(present(x), "int32")], emitted: [] }),
      inputs,
      /value 0 is float32 \[2\] and comes back as int32 \[2\]/,
    ],
    "drops what it carries": [
      () => ({ carried: [], emitted: [tf.ones([2])] }),
      inputs,
      /got 1 tensors and gave 0/,
    ],
    "carries more than it got": [
      ([x]) => ({ carried: [present(x), present(x)], emitted: [] }),
      inputs,
      /got 1 tensors and gave 2/,
    ],
    "has no sequence": [
      ([x]) => ({ carried: [present(x)], emitted: [] }),
      { ...inputs, sequences: [] },
      /at least one sequence/,
    ],
    "has sequences of different lengths": [
      ([x]) => ({ carried: [present(x)], emitted: [] }),
      { ...inputs, sequences: [tf.zeros([3]), tf.zeros([4])] },
      /all of one length/,
    ],
    "reads what it is given": [
      ([x]) => ({ carried: [tf.mul(present(x), present(x).dataSync()[0] ?? 0)], emitted: [] }),
      inputs,
      /reads a value/,
    ],
  };
  for (const [title, [body, given, message]] of Object.entries(mistakes)) {
    it(`${title}: it says so, and leaves nothing behind`, () => {
      assert.throws(() => compileScan(body, given), message);
      const before = counts();
      assert.throws(() => compileScan(body, given), message);
      assert.deepEqual(counts(), before);
    });
  }
});
