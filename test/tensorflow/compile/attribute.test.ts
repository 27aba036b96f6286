import assert from "node:assert/strict";
import { test } from "node:test";
import { toGraphAttribute } from "../../../src/tensorflow/compile/attribute.js";
import { completeAttributes, outputName } from "../../../src/tensorflow/compile/op-definitions.js";
import { dtypeName, dtypeOf } from "../../../src/tensorflow/compile/tensor-type.js";

// TF_AttrType of TensorFlow's C API.
const kinds = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5, tensor: 6, function: 8 };

const valid = [
  [kinds.string, "SAME", { kind: "string", value: "SAME" }],
  [kinds.string, ["a", "b"], { kind: "string", value: ["a", "b"] }],
  [kinds.int, -1, { kind: "int", value: -1 }],
  [kinds.int, [1, 2, 2, 1], { kind: "int", value: [1, 2, 2, 1] }],
  [kinds.int, [], { kind: "int", value: [] }],
  [kinds.float, 0.25, { kind: "float", value: 0.25 }],
  [kinds.bool, true, { kind: "bool", value: true }],
  [kinds.bool, [true, false], { kind: "bool", value: [true, false] }],
  [kinds.type, 3, { kind: "type", value: 3 }],
  [kinds.type, [1, 10], { kind: "type", value: [1, 10] }],
  [kinds.shape, [2, 3], { kind: "shape", value: { sizes: [2, 3] } }],
  [kinds.shape, [], { kind: "shape", value: { sizes: [] } }],
  [kinds.shape, undefined, { kind: "shape", value: { sizes: undefined } }],
] as const;
for (const [type, value, wanted] of valid) {
  test(`An eager attribute of kind ${wanted.kind} with value ${JSON.stringify(value)} becomes a graph attribute`, () => {
    assert.deepEqual(toGraphAttribute("Op", { name: "x", type, value }), wanted);
  });
}

for (const [type, value] of [
  [kinds.tensor, {}],
  [kinds.function, "f"],
  [99, 1],
  [kinds.int, "1"],
  [kinds.bool, 1],
  [kinds.string, null],
  [kinds.float, [1, "2"]],
  [kinds.shape, [[1], [2]]],
] as const) {
  test(`An eager attribute of kind ${type} with value ${JSON.stringify(value)} is refused with its name and operation`, () => {
    assert.throws(
      () => toGraphAttribute("Op", { name: "x", type, value }),
      /cannot trace attribute "x" of Op: kind \d+, value/,
    );
  });
}

test("outputName names the outputs of an operation, also where one of them is a list", () => {
  assert.equal(outputName("node", "MatMul", 0), "node:product:0");
  assert.equal(outputName("node", "TopKV2", 1), "node:indices:0");
  assert.equal(outputName("node", "Split", 2), "node:output:2");
});

test("completeAttributes adds the attributes that eager execution infers from the inputs", () => {
  assert.deepEqual(completeAttributes("Neg", {}, [1]), { T: { kind: "type", value: 1 } });
  assert.deepEqual(completeAttributes("ConcatV2", {}, [1, 1, 1, 3]), {
    N: { kind: "int", value: 3 },
    T: { kind: "type", value: 1 },
    Tidx: { kind: "type", value: 3 },
  });
  assert.deepEqual(completeAttributes("IdentityN", {}, [1, 3]), { T: { kind: "type", value: [1, 3] } });
});

test("completeAttributes does not replace attributes that are given", () => {
  const given = { T: { kind: "type", value: 3 } } as const;
  assert.deepEqual(completeAttributes("Neg", given, [1]), given);
});

test("An operation or output that this TensorFlow does not have is an error that names it", () => {
  assert.throws(() => completeAttributes("NoSuchOp", {}, []), /no operation NoSuchOp/);
  assert.throws(() => outputName("node", "Neg", 1), /operation Neg has no output 1/);
});

test("completeAttributes refuses an operation with two lists of unknown lengths", () => {
  assert.throws(() => completeAttributes("DynamicStitch", {}, [3, 1]), /takes several lists/);
});

test("Each of tfjs's types has TensorFlow's number and a name", () => {
  assert.equal(dtypeOf("float32"), 1);
  assert.deepEqual([1, 3, 10].map(dtypeName), ["float32", "int32", "bool"]);
  assert.equal(dtypeName(77), "type 77");
});
