import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import fc from "fast-check";
import { loadTensorFlow, scoped, tf } from "../../../src/tensorflow/backend.js";
import { compileScan, type ScanInputs, type ScanResult } from "../../../src/tensorflow/compile/scan.js";
import { disposeRecords, recordLeaves } from "../../../src/tensorflow/compile/tensor-record.js";
import { nativeCounts } from "../../helpers/native-counts.js";

await loadTensorFlow({ threads: 1 });

interface MixtureCarry {
  readonly state: { readonly vector: Tensor };
  readonly count: Tensor;
}

interface MixtureXs {
  readonly rows: Tensor;
  readonly factors: Tensor;
}

interface MixtureConsts {
  readonly weights: Tensor;
}

interface MixtureY {
  readonly vector: Tensor;
  readonly count: Tensor;
  readonly sign: Tensor;
  readonly sum: Tensor;
}

type MixtureInputs = ScanInputs<MixtureCarry, MixtureXs, MixtureConsts>;

/** Carries a vector and a count; emits rows of float32, int32 and bool. Returns its records in another order of keys. */
function mixture({ state, count }: MixtureCarry, { rows, factors }: MixtureXs, { weights }: MixtureConsts) {
  const vector = tf.tanh(tf.add(tf.mul(state.vector, weights), tf.mul(rows, factors)));
  const next = tf.add(count, tf.scalar(1, "int32"));
  const y: MixtureY = { vector, count: next, sign: tf.greater(vector, 0), sum: tf.sum(vector) };
  return { y, carry: { count: next, state: { vector } } };
}

function mixtureInputs(): MixtureInputs {
  const wave = (...shape: number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(
      Array.from({ length: size }, (_, index) => Math.sin(index * 12.9898 + size)),
      shape,
    );
  };
  return {
    carry: { state: { vector: wave(3) }, count: tf.scalar(10, "int32") },
    xs: { rows: wave(6, 3), factors: wave(6) },
    consts: { weights: wave(3) },
  };
}

/** The mixture as a plain loop of eager operations: what its scan must equal. */
function mixtureByLoop({ carry, xs, consts }: MixtureInputs, first: number, end: number) {
  const ys: MixtureY[] = [];
  let state = carry;
  for (let index = 0; index < 6; index++) {
    const rowOf = (tensor: Tensor): Tensor => tf.squeeze(tf.slice(tensor, index, 1), [0]);
    const after = mixture(state, { rows: rowOf(xs.rows), factors: rowOf(xs.factors) }, consts);
    if (index >= first && index < end) {
      state = after.carry;
      ys.push(after.y);
    } else {
      const { vector, count, sign, sum } = after.y;
      ys.push({
        vector: tf.zerosLike(vector),
        count: tf.zerosLike(count),
        sign: tf.zerosLike(sign),
        sum: tf.zerosLike(sum),
      });
    }
  }
  const stacked = (name: keyof MixtureY): Tensor => tf.stack(ys.map((y) => y[name]));
  return {
    carry: state,
    ys: {
      vector: stacked("vector"),
      count: stacked("count"),
      sign: stacked("sign"),
      sum: stacked("sum"),
    },
  };
}

/** The numbers of a record by path. */
function numbers(record: object): Readonly<Record<string, number[]>> {
  return Object.fromEntries(
    recordLeaves(record as Readonly<Record<string, Tensor>>).map(({ path, tensor }) => [
      path,
      [...tensor.dataSync()],
    ]),
  );
}

function resultNumbers({ carry, ys }: ScanResult<object, object>) {
  return { carry: numbers(carry), ys: numbers(ys) };
}

/** Adds the rows of `row` to `sum` and emits every partial sum. */
function sums({ sum }: { readonly sum: Tensor }, { row }: { readonly row: Tensor }) {
  const next = tf.add(sum, row);
  return { carry: { sum: next }, y: { partial: next } };
}

for (const xla of [false, true]) {
  test(`A compiled scan ${xla ? "with" : "without"} XLA runs its iterations one after the other and stacks what each emits, of several types`, () => {
    scoped(() => {
      const inputs = mixtureInputs();
      const scan = compileScan(mixture, inputs, { xla });
      const got = resultNumbers(scan(inputs, 0, 6));
      scan.dispose();
      const wanted = resultNumbers(mixtureByLoop(inputs, 0, 6));
      if (!xla) {
        assert.deepEqual(got, wanted);
        return;
      }
      assert.deepEqual(Object.keys(got.ys), ["vector", "count", "sign", "sum"]);
      assert.deepEqual([got.carry.count, got.ys.count], [wanted.carry.count, wanted.ys.count]);
      assert.deepEqual(got.ys.sign, wanted.ys.sign);
      const apart = [got.ys.vector, got.ys.sum].flatMap((values = [], part) =>
        values.map((value, at) =>
          Math.abs(value - ([wanted.ys.vector, wanted.ys.sum][part]?.[at] ?? Number.NaN)),
        ),
      );
      assert.ok(Math.max(...apart) < 1e-6, `${Math.max(...apart)} apart`);
    });
  });

  test(`A compiled scan ${xla ? "with" : "without"} XLA runs any range of iterations, an empty one included, and leaves 0 in the other rows`, () => {
    scoped(() => {
      const inputs = { carry: { sum: tf.scalar(100) }, xs: { row: tf.tensor1d([1, 2, 4, 8]) }, consts: {} };
      const scan = compileScan(sums, inputs, { xla });
      for (const [first, end, sum, partial] of [
        [0, 4, 115, [101, 103, 107, 115]],
        [1, 3, 106, [0, 102, 106, 0]],
        [3, 4, 108, [0, 0, 0, 108]],
        [2, 2, 100, [0, 0, 0, 0]],
        [4, 4, 100, [0, 0, 0, 0]],
      ] as const) {
        const wanted = { carry: { sum: [sum] }, ys: { partial: [...partial] } };
        assert.deepEqual(resultNumbers(scan(inputs, first, end)), wanted);
      }
      scan.dispose();
    });
  });

  test(`A compiled scan ${xla ? "with" : "without"} XLA may swap what it carries, pass it through, emit nothing, and use a tensor from outside`, () => {
    scoped(() => {
      const outside = tf.tensor1d([1, 1]);
      const inputs = {
        carry: {
          last: tf.tensor1d([0, 2]),
          next: tf.tensor1d([1, 1]),
          flags: tf.tensor1d([true, false], "bool"),
        },
        xs: { unused: tf.zeros([9]) },
        consts: {},
      };
      const fibonacci = compileScan(
        ({ last, next, flags }) => ({
          carry: { last: next, next: tf.add(last, tf.mul(next, outside)), flags },
          y: {},
        }),
        inputs,
        { xla },
      );
      assert.deepEqual(resultNumbers(fibonacci(inputs, 0, 9)), {
        carry: { last: [34, 76], next: [55, 123], flags: [1, 0] },
        ys: {},
      });
      fibonacci.dispose();
    });
  });

  test(`A compiled scan ${xla ? "with" : "without"} XLA returns tensors that do not depend on its inputs even if no iteration runs`, () => {
    scoped(() => {
      const inputs = { carry: { x: tf.tensor1d([1, 2]) }, xs: { unused: tf.zeros([3]) }, consts: {} };
      const scan = compileScan(({ x }) => ({ carry: { x: tf.neg(x) }, y: {} }), inputs, { xla });
      const { carry } = scan(inputs, 0, 0);
      inputs.carry.x.dispose();
      assert.deepEqual([...carry.x.dataSync()], [1, 2]);
      scan.dispose();
    });
  });
}

test("A compiled scan has the bits of the plain loop over any range", () => {
  scoped(() => {
    const inputs = mixtureInputs();
    const scan = compileScan(mixture, inputs);
    const range = fc.tuple(fc.nat(6), fc.nat(6)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(range, ([first, end]) => {
        scoped(() => {
          const wanted = resultNumbers(mixtureByLoop(inputs, first, end));
          assert.deepEqual(resultNumbers(scan(inputs, first, end)), wanted);
        });
      }),
      { numRuns: 15, seed: 1 },
    );
    scan.dispose();
  });
});

test("A compiled scan continues from the carry of an earlier call", () => {
  scoped(() => {
    const inputs = mixtureInputs();
    const scan = compileScan(mixture, inputs);
    const { carry } = scan(inputs, 0, 2);
    assert.deepEqual(numbers(scan({ ...inputs, carry }, 2, 6).carry), numbers(scan(inputs, 0, 6).carry));
    scan.dispose();
  });
});

test("A compiled scan finds tensors by their names, whatever the order of a record's keys", () => {
  scoped(() => {
    const inputs = mixtureInputs();
    const { carry, xs } = inputs;
    const scan = compileScan(mixture, inputs);
    const turned = {
      ...inputs,
      carry: { count: carry.count, state: carry.state },
      xs: { factors: xs.factors, rows: xs.rows },
    };
    assert.deepEqual(resultNumbers(scan(turned, 0, 6)), resultNumbers(scan(inputs, 0, 6)));
    scan.dispose();
  });
});

test("A compiled scan is independent of other scans", () => {
  scoped(() => {
    const inputs = { carry: { x: tf.scalar(1) }, xs: { row: tf.tensor1d([2, 3]) }, consts: {} };
    const sum = compileScan(({ x }, { row }) => ({ carry: { x: tf.add(x, row) }, y: {} }), inputs);
    const product = compileScan(({ x }, { row }) => ({ carry: { x: tf.mul(x, row) }, y: {} }), inputs);
    assert.deepEqual(
      [sum, product].map((scan) => numbers(scan(inputs, 0, 2).carry)),
      [{ x: [6] }, { x: [6] }],
    );
    sum.dispose();
    assert.deepEqual(numbers(product(inputs, 1, 2).carry), { x: [3] });
    assert.throws(() => sum(inputs, 0, 2), /is disposed/);
    product.dispose();
    product.dispose();
  });
});

test("A compiled scan refuses a range that its rows do not have", () => {
  scoped(() => {
    const inputs = { carry: { sum: tf.scalar(0) }, xs: { row: tf.zeros([4]) }, consts: {} };
    const scan = compileScan(sums, inputs);
    for (const [first, end] of [
      [0, 5],
      [-1, 2],
      [3, 2],
      [0, 1.5],
    ] as const) {
      assert.throws(() => scan(inputs, first, end), {
        name: "RangeError",
        message: `a scan over 4 rows cannot run from ${first} to ${end}`,
      });
    }
    scan.dispose();
  });
});

test("A compiled scan refuses a record that lacks a tensor, has a surplus one, or one of another shape, and names it", () => {
  scoped(() => {
    const inputs = mixtureInputs();
    const { carry, xs } = inputs;
    const scan = compileScan(mixture, inputs);
    const call = (given: object) => () => scan({ ...inputs, ...given }, 0, 1);
    assert.throws(
      call({ carry: { count: carry.count } }),
      /carry of a scan lacks its tensor "state\.vector"/,
    );
    assert.throws(call({ xs: { ...xs, more: xs.rows } }), /xs of a scan has no tensor "more"/);
    assert.throws(
      call({ carry: { ...carry, state: { vector: tf.zeros([4]) } } }),
      /carry\.state\.vector of this compiled function is float32 \[3\]; got float32 \[4\]/,
    );
    scan.dispose();
  });
});

test("A compiled scan leaves neither tensors nor sessions behind", () => {
  const inputs = mixtureInputs();
  for (const xla of [false, true]) {
    const warm = compileScan(mixture, inputs, { xla });
    disposeRecords(warm(inputs, 0, 6));
    warm.dispose();
    const before = nativeCounts();
    const scan = compileScan(mixture, inputs, { xla });
    for (let time = 0; time < 20; time++) {
      disposeRecords(scan(inputs, 0, time % 7));
    }
    assert.throws(() => scan({ ...inputs, carry: {} as MixtureCarry }, 0, 1), /lacks/);
    scan.dispose();
    assert.deepEqual(nativeCounts(), before);
  }
  disposeRecords(inputs);
});

const x = tf.tensor1d([1, 2]);
const examples = { carry: { x }, xs: { row: tf.zeros([3, 2]) }, consts: {} };
type Examples = ScanInputs<{ x: Tensor }, { row?: Tensor; other?: Tensor }, object>;
type Body = (carry: { x: Tensor }) => { carry: { x: Tensor }; y: object };
const same: Body = (carry) => ({ carry, y: {} });
const mistakes: Readonly<Record<string, readonly [Body, Examples, RegExp]>> = {
  "refuses a body that changes the shape of its carry": [
    ({ x }) => ({ carry: { x: tf.concat([x, x]) }, y: {} }),
    examples,
    /"x" is float32 \[2\] and comes back as float32 \[4\]/,
  ],
  "refuses a body that changes the type of its carry": [
    ({ x }) => ({ carry: { x: tf.cast(x, "int32") }, y: {} }),
    examples,
    /"x" is float32 \[2\] and comes back as int32 \[2\]/,
  ],
  "refuses a body that does not return all of its carry": [
    () => ({ carry: {} as { x: Tensor }, y: { one: tf.ones([2]) } }),
    examples,
    /the carry of a scan lacks its tensor "x"/,
  ],
  "refuses a body that carries more than it got": [
    ({ x }) => ({ carry: { x, more: x }, y: {} }),
    examples,
    /the carry of a scan has no tensor "more"/,
  ],
  "refuses examples without xs": [same, { ...examples, xs: {} }, /at least one tensor of xs/],
  "refuses xs of different lengths": [
    same,
    { ...examples, xs: { row: tf.zeros([3]), other: tf.zeros([4]) } },
    /all of one length/,
  ],
  "refuses a body that reads its carry": [
    ({ x }) => ({ carry: { x: tf.mul(x, x.dataSync()[0] ?? 0) }, y: {} }),
    examples,
    /reads a value/,
  ],
  "refuses a body that emits something other than tensors": [
    ({ x }) => ({ carry: { x }, y: { number: 1 } }),
    examples,
    /holds 1 at "number"/,
  ],
};
for (const [title, [body, given, message]] of Object.entries(mistakes)) {
  test(`Compiling a scan ${title}, and leaves nothing behind`, () => {
    assert.throws(() => compileScan(body, given), message);
    // Counted from here, as the first use of an example copies it into TensorFlow.
    const before = nativeCounts();
    assert.throws(() => compileScan(body, given), message);
    assert.deepEqual(nativeCounts(), before);
  });
}
