import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor, Tensor1D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import fc from "fast-check";
import { backend, loadTensorFlow, scoped, tf } from "../../../src/tensorflow/backend.js";
import { compile, probeXla } from "../../../src/tensorflow/compile/compile.js";
import { type TensorFunction, trace } from "../../../src/tensorflow/compile/trace.js";
import { gatherRows, statelessUniform } from "../../../src/tensorflow/ops.js";
import { nativeCounts } from "../../helpers/native-counts.js";
import { inputsOf, samples } from "../../helpers/operations.js";

await loadTensorFlow({ threads: 1 });

type Value = readonly [dtype: string, shape: readonly number[], values: readonly number[]];

function described(tensor: Tensor): Value {
  return [tensor.dtype, tensor.shape, [...tensor.dataSync()]];
}

/** Compiles a function for some inputs and returns its results for others. */
function compiled(
  fn: TensorFunction,
  examples: readonly Tensor[],
  inputs: readonly Tensor[],
  xla = false,
): Value[] {
  const program = compile(fn, examples, { xla });
  const results = program(...inputs);
  program.dispose();
  return results.map(described);
}

function assertNear(got: readonly Value[], wanted: readonly Value[], tolerance: number): void {
  assert.deepEqual(
    got.map(([dtype, shape]) => [dtype, shape]),
    wanted.map(([dtype, shape]) => [dtype, shape]),
  );
  for (const [index, [, , values]] of wanted.entries()) {
    const largest = Math.max(1, ...values.map(Math.abs));
    const apart = values.map((value, at) => Math.abs(value - (got[index]?.[2][at] ?? Number.NaN)));
    assert.ok(
      Math.max(...apart) <= tolerance * largest,
      `result ${index}: ${got[index]?.[2]}, not ${values}`,
    );
  }
}

for (const [name, sample] of Object.entries(samples)) {
  test(`A compiled function has the bits of eager execution: ${name}`, () => {
    scoped(() => {
      const inputs = inputsOf(sample, 5);
      assert.deepEqual(compiled(sample.fn, inputsOf(sample), inputs), sample.fn(...inputs).map(described));
    });
  });
}

test("A compiled function has the bits of eager execution for any sequence of operations", () => {
  const operations: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor>> = {
    add: (x, y) => tf.add(x, y),
    subtract: (x, y) => tf.sub(y, x),
    multiply: (x, y) => tf.mul(x, tf.tanh(y)),
    divide: (x, y) => tf.div(x, tf.add(1.5, tf.square(y))),
    larger: (x, y) => tf.maximum(x, y),
    choose: (x, y) => tf.where(tf.greater(x, y), x, tf.neg(y)),
    exponential: (x) => tf.exp(tf.clipByValue(x, -2, 2)),
    centre: (x) => tf.sub(x, tf.mean(x, 1, true)),
    product: (x, y) => tf.tanh(tf.matMul(tf.matMul(x, y, false, true) as never, y)),
    turn: (x, y) => tf.reshape(tf.concat([tf.reverse(x, 0), y], 0).slice([1, 0], [3, 4]), [3, 4]),
    same: (x) => x,
    captured: (x) => tf.mul(x, tf.range(0, 4)),
  };
  const chain = fc.array(fc.tuple(fc.constantFrom(...Object.keys(operations)), fc.nat(9), fc.nat(9)), {
    minLength: 1,
    maxLength: 10,
  });
  fc.assert(
    fc.property(chain, (links) => {
      const fn: TensorFunction = (...inputs) => {
        const made = [...inputs];
        const pick = (at: number): Tensor => made[at % made.length] ?? assert.fail();
        for (const [name, first, second] of links) {
          made.push((operations[name] ?? assert.fail())(pick(first), pick(second)));
        }
        return made.slice(-3);
      };
      scoped(() => {
        const of = (seed: number) =>
          inputsOf(
            {
              inputs: [
                ["float32", 3, 4],
                ["float32", 3, 4],
              ],
              fn,
            },
            seed,
          );
        const inputs = of(3);
        assert.deepEqual(compiled(fn, of(0), inputs), fn(...inputs).map(described));
      });
    }),
    { numRuns: 20, seed: 1 },
  );
});

for (const [name, sample] of Object.entries(samples)) {
  test(`A function compiled by XLA agrees with eager execution to 1e-6: ${name}`, () => {
    scoped(() => {
      const inputs = inputsOf(sample, 5);
      assertNear(
        compiled(sample.fn, inputsOf(sample), inputs, true),
        sample.fn(...inputs).map(described),
        1e-6,
      );
    });
  });
}

for (const xla of [false, true]) {
  const run = (fn: TensorFunction, examples: readonly Tensor[], inputs = examples): number[][] =>
    scoped(() => compiled(fn, examples, inputs, xla).map(([, , values]) => [...values]));

  test(`A compiled function ${xla ? "with" : "without"} XLA may return an input, also twice, beside other results`, () => {
    const x = tf.tensor1d([1, 2]);
    assert.deepEqual(
      run((a) => [a, a, tf.neg(a), a], [x]),
      [
        [1, 2],
        [1, 2],
        [-1, -2],
        [1, 2],
      ],
    );
  });

  test(`A compiled function ${xla ? "with" : "without"} XLA returns a new tensor even for an input that it passes through`, () => {
    scoped(() => {
      const x = tf.tensor1d([1, 2]);
      const program = compile((a) => [a], [x], { xla });
      const [y] = program(x);
      x.dispose();
      assert.deepEqual([...(y ?? assert.fail()).dataSync()], [1, 2]);
      program.dispose();
      assert.deepEqual([...(y ?? assert.fail()).dataSync()], [1, 2]);
    });
  });

  test(`A compiled function ${xla ? "with" : "without"} XLA has two inputs where one tensor is two examples`, () => {
    const x = tf.tensor1d([1, 2]);
    assert.deepEqual(
      run((a, b) => [tf.sub(a, b)], [x, x], [x, tf.tensor1d([5, 7])]),
      [[-4, -5]],
    );
  });

  test(`A compiled function ${xla ? "with" : "without"} XLA may return a result twice and results in any order`, () => {
    const fn: TensorFunction = (a) => {
      const [first, second] = tf.split(a, 2) as [Tensor, Tensor];
      return [second, first, second];
    };
    assert.deepEqual(run(fn, [tf.tensor1d([1, 2])]), [[2], [1], [2]]);
  });

  test(`A compiled function ${xla ? "with" : "without"} XLA keeps the order of twelve inputs and outputs`, () => {
    const examples = Array.from({ length: 12 }, (_, index) => tf.tensor1d([index]));
    assert.deepEqual(
      run((...all) => all.map((x) => tf.add(x, 1)), examples),
      examples.map((_, index) => [index + 1]),
    );
  });

  test(`A compiled function ${xla ? "with" : "without"} XLA may leave an input unused`, () => {
    assert.deepEqual(
      run((a) => [tf.neg(a)], [tf.scalar(1), tf.scalar(2)]),
      [[-1]],
    );
  });

  test(`A compiled function ${xla ? "with" : "without"} XLA may take a scalar and an empty tensor`, () => {
    assert.deepEqual(
      run((a, b) => [tf.add(a, 1), tf.add(b, 1)], [tf.scalar(1), tf.zeros([0, 3])]),
      [[2], []],
    );
  });

  test(`A compiled function ${xla ? "with" : "without"} XLA keeps the bits of NaN, infinities, -0 and denormal numbers`, () => {
    const odd = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      -0,
      3.4028234663852886e38,
      1.401298464324817e-45,
    ];
    assert.deepEqual(
      run((a) => [a, tf.tensor1d(odd)], [tf.tensor1d(odd)]),
      [odd, odd],
    );
  });
}

test("A captured tensor becomes a constant with the value that it has when the function is compiled", () => {
  scoped(() => {
    const captured = tf.variable(tf.tensor1d([1, 2]));
    const program = compile((a) => [tf.mul(a, captured)], [tf.ones([2])]);
    captured.assign(tf.tensor1d([5, 5]));
    captured.dispose();
    assert.deepEqual([...(program(tf.ones([2]))[0] ?? assert.fail()).dataSync()], [1, 2]);
    program.dispose();
  });
});

test("A captured tensor may be used in several places, cloned, and under tf.tidy", () => {
  scoped(() => {
    const captured = tf.tensor1d([2, 3]);
    const program = compile(
      (a) => [
        tf.tidy(() => tf.add(tf.mul(a, captured), tf.clone(captured))),
        tf.tidy(() => tf.add(a, tf.range(0, 2))),
      ],
      [tf.ones([2])],
    );
    assert.deepEqual(
      program(tf.tensor1d([10, 10])).map((y) => [...y.dataSync()]),
      [
        [22, 33],
        [10, 11],
      ],
    );
    program.dispose();
  });
});

test("Captured tensors of the same type, shape and bits become one constant, others do not", () => {
  scoped(() => {
    const zeros = [tf.zeros([2]), tf.zeros([2])];
    const others = [tf.zeros([1, 2]), tf.zeros([2], "int32"), tf.neg(tf.zeros([2]))];
    const captured = [...zeros, ...others];
    const { constants, results } = trace(
      (a) => captured.map((x) => tf.add(a, tf.cast(x, "float32"))),
      [tf.ones([2])],
    );
    assert.equal(results.length, 5);
    assert.equal(constants.length, 4);
  });
});

test("A captured tensor may be read while the function is traced", () => {
  scoped(() => {
    const size = tf.scalar(3, "int32");
    const program = compile((a) => [tf.tile(a, [size.dataSync()[0] ?? 0])], [tf.ones([1])]);
    assert.deepEqual([...(program(tf.fill([1], 4))[0] ?? assert.fail()).dataSync()], [4, 4, 4]);
    program.dispose();
  });
});

test("statelessUniform draws the same numbers compiled as eagerly", () => {
  scoped(() => {
    const fn = () => [statelessUniform([3, 5], [1, -7])];
    assert.deepEqual(compiled(fn, [], []), fn().map(described));
    assert.deepEqual(compiled(fn, [], [], true), fn().map(described));
  });
});

test("gatherRows selects rows by indices that differ from call to call", () => {
  scoped(() => {
    const rows = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const fn: TensorFunction = (x, at = assert.fail()) => [gatherRows(x ?? assert.fail(), at as Tensor1D)];
    const at = (...indices: number[]) => tf.tensor1d(indices, "int32");
    assert.deepEqual(compiled(fn, [rows, at(0, 0)], [rows, at(2, 1)]), [["float32", [2, 2], [5, 6, 3, 4]]]);
    const whole = tf.cast(rows, "int32");
    assert.deepEqual(compiled(fn, [whole, at(0)], [whole, at(2)]), [["int32", [1, 2], [5, 6]]]);
  });
});

const x = tf.tensor1d([1, 2, 3]);
const mistakes: Readonly<Record<string, readonly [TensorFunction, RegExp]>> = {
  "reads a value that depends on its inputs": [
    (a) => [tf.mul(a, a.dataSync()[0] ?? 1)],
    /reads a value which depends on its inputs/,
  ],
  "reads an intermediate value": [
    (a) => [tf.fill([tf.sum(a).arraySync() as number], 1)],
    /reads a value which depends/,
  ],
  "uses an operation of tfjs that reads its input": [
    (a) => [tf.gather(a, tf.cast(a, "int32"))],
    /reads a value which depends/,
  ],
  "brings a tensor of strings": [() => [tf.tensor1d(["a"])], /cannot trace a constant of type string/],
  "compiles another function": [
    (a) => compile((b) => [tf.neg(b)], [tf.ones([1])])(a),
    /while another is being traced/,
  ],
  "compiles another function on its input": [
    (a) => compile((b) => [tf.neg(b)], [a])(a),
    /while another is being traced/,
  ],
  "throws by itself": [
    () => {
      throw new RangeError("by itself");
    },
    /by itself/,
  ],
  "has tensors that do not fit": [(a) => [tf.matMul(a as never, a as never)], /ndims/],
};
for (const [title, [fn, message]] of Object.entries(mistakes)) {
  test(`compile refuses a function that ${title}, and leaves everything as it was`, () => {
    const before = nativeCounts();
    for (const xla of [false, true]) {
      assert.throws(() => compile(fn, [x], { xla }), message);
    }
    assert.deepEqual(nativeCounts(), before);
    assert.deepEqual([...tf.tidy(() => tf.neg(x)).dataSync()], [-1, -2, -3]);
    scoped(() =>
      assert.deepEqual(
        compiled((a) => [tf.neg(a)], [x], [x]),
        [["float32", [3], [-1, -2, -3]]],
      ),
    );
  });
}

test("An operation that XLA cannot compile is an error of TensorFlow at the first call", () => {
  scoped(() => {
    const before = nativeCounts();
    const images = tf.ones([1, 4, 4, 1]) as Tensor4D;
    const whole = tf.tensor2d([[0, 0, 1, 1]]);
    const fn: TensorFunction = (a) => [
      tf.image.cropAndResize(a as Tensor4D, whole, tf.tensor1d([0], "int32"), [2, 2]),
    ];
    assert.deepEqual(compiled(fn, [images], [images]), fn(images).map(described));
    const program = compile(fn, [images], { xla: true });
    assert.throws(() => program(images), /XLA|compil/i);
    program.dispose();
    assert.equal(nativeCounts().sessions, before.sessions);
  });
});

test("A compiled function refuses tensors of another number, shape or type, and names it", () => {
  scoped(() => {
    const program = compile((a, b) => [tf.add(a, b)], [tf.ones([2, 3]), tf.ones([3])]);
    const [matrix, row] = [tf.ones([2, 3]), tf.ones([3])];
    assert.throws(() => program(matrix), /takes 2 tensors, not 1/);
    assert.throws(() => program(matrix, matrix), /input 1 .*float32 \[3\]; got float32 \[2,3\]/);
    assert.throws(() => program(matrix, tf.ones([3], "int32")), /input 1 .*float32 \[3\]; got int32 \[3\]/);
    assert.deepEqual([...(program(matrix, row)[0] ?? assert.fail()).dataSync()], [2, 2, 2, 2, 2, 2]);
    program.dispose();
  });
});

test("Compiled functions can be made, called and freed in any order", () => {
  scoped(() => {
    const x = tf.tensor1d([1, 2]);
    const call = (program: ReturnType<typeof compile>): number[] => [
      ...(program(x)[0] ?? assert.fail()).dataSync(),
    ];
    const programs = [false, true, false, true].map((xla, index) =>
      compile((a) => [tf.mul(a, index)], [x], { xla }),
    );
    const [zero, one, two, three] = programs as [(typeof programs)[0], ...typeof programs] as typeof programs;
    assert.deepEqual(
      [three, one, two, zero].map((p) => call(p ?? assert.fail())),
      [
        [3, 6],
        [1, 2],
        [2, 4],
        [0, 0],
      ],
    );
    one?.dispose();
    two?.dispose();
    assert.deepEqual(
      [zero, three].map((p) => call(p ?? assert.fail())),
      [
        [0, 0],
        [3, 6],
      ],
    );
    zero?.dispose();
    three?.dispose();
  });
});

test("A compiled function leaves neither tensors nor sessions behind", () => {
  const x = tf.ones([4]);
  tf.neg(x).dispose();
  const before = nativeCounts();
  for (const xla of [false, true]) {
    const program = compile((a) => [tf.mul(tf.add(a, 1), tf.range(0, 4)), a], [x], { xla });
    for (let call = 0; call < 50; call++) {
      tf.dispose(program(x));
    }
    assert.deepEqual(nativeCounts(), { ...before, sessions: (before.sessions ?? 0) + 1 });
    program.dispose();
    assert.deepEqual(nativeCounts(), before);
  }
  x.dispose();
});

test("A compiled function cannot be called after it is freed, and may be freed twice", () => {
  scoped(() => {
    const program = compile((a) => [tf.neg(a)], [tf.ones([1])]);
    program.dispose();
    program.dispose();
    assert.throws(() => program(tf.ones([1])), /is disposed/);
  });
});

test("compile leaves nothing behind if TensorFlow refuses the graph", () => {
  const before = nativeCounts();
  const x = tf.ones([1]);
  const wrong = [{ name: "T", type: 1, value: 9e15 }];
  assert.throws(() => compile((a) => [backend().executeSingleOutput("Neg", wrong, [a])], [x]));
  x.dispose();
  assert.deepEqual(nativeCounts(), before);
});

test("probeXla returns undefined where XLA compiles, and keeps nothing", () => {
  const count = () => [tf.memory().numTensors, backend().binding.getNumOfSavedModels()];
  const before = count();
  assert.equal(probeXla(), undefined);
  assert.deepEqual(count(), before);
});

test("probeXla returns the first line of TensorFlow's reason where XLA does not compile", (context) => {
  const why = "libdevice not found at ./libdevice.10.bc\nand more";
  context.mock.method(backend(), "runSavedModel", () => {
    throw new Error(why);
  });
  const before = tf.memory().numTensors;
  assert.equal(probeXla(), "libdevice not found at ./libdevice.10.bc");
  assert.equal(tf.memory().numTensors, before);
});
