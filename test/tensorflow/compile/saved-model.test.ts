import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Attributes } from "../../../src/tensorflow/compile/attribute.js";
import type { GraphFunction, Node } from "../../../src/tensorflow/compile/graph.js";
import { encodeSavedModel } from "../../../src/tensorflow/compile/saved-model.js";

// biome-ignore lint/suspicious/noExplicitAny: tfjs-node's protobuf classes have no types
const { SavedModel }: any = createRequire(import.meta.url)("@tensorflow/tfjs-node-gpu/dist/proto/api_pb.js");

/** Encodes a graph and decodes it with the classes of tfjs-node. */
function decode(nodes: readonly Node[], functions: readonly GraphFunction[] = []) {
  const [metaGraph] = SavedModel.deserializeBinary(
    encodeSavedModel({ nodes, functions }),
  ).getMetaGraphsList();
  return metaGraph;
}

function decodeAttributes(attributes: Attributes) {
  const graph = decode([{ name: "n", op: "Op", inputs: [], attributes }]).getGraphDef();
  return graph.getNodeList()[0].getAttrMap();
}

test("A SavedModel has the tag serve, its nodes and its functions", () => {
  const node = { name: "n", op: "Neg", inputs: ["x:0", "y:0"], attributes: {} };
  const function_ = {
    name: "f",
    inputs: [{ name: "a", dtype: 1 }],
    outputs: [
      { name: "z", dtype: 3 },
      { name: "b", dtype: 10 },
    ],
    nodes: [node],
    results: ["n:y:0", "n:y:1"],
    attributes: { _XlaMustCompile: { kind: "bool", value: true } },
  } as const;
  const metaGraph = decode([node], [function_]);
  assert.deepEqual(metaGraph.getMetaInfoDef().getTagsList(), ["serve"]);
  const { nodeList, library } = metaGraph.getGraphDef().toObject();
  assert.deepEqual([nodeList[0].name, nodeList[0].op, nodeList[0].inputList], ["n", "Neg", ["x:0", "y:0"]]);
  const [decoded] = library.functionList;
  const namesAndTypes = (list: { name: string; type: number }[]) =>
    list.map(({ name, type }) => [name, type]);
  assert.equal(decoded.signature.name, "f");
  assert.deepEqual(namesAndTypes(decoded.signature.inputArgList), [["a", 1]]);
  assert.deepEqual(namesAndTypes(decoded.signature.outputArgList), [
    ["z", 3],
    ["b", 10],
  ]);
  assert.equal(decoded.nodeDefList.length, 1);
  assert.deepEqual(decoded.retMap, [
    ["b", "n:y:1"],
    ["z", "n:y:0"],
  ]);
  assert.equal(decoded.attrMap[0][1].b, true);
});

test("A SavedModel keeps the value of an attribute of every kind", () => {
  const map = decodeAttributes({
    string: { kind: "string", value: "SAME" },
    int: { kind: "int", value: -1 },
    zero: { kind: "int", value: 0 },
    float: { kind: "float", value: 0.25 },
    bool: { kind: "bool", value: false },
    type: { kind: "type", value: 3 },
    shape: { kind: "shape", value: { sizes: [2, 0] } },
    unknown: { kind: "shape", value: { sizes: undefined } },
    function: { kind: "function", value: "f" },
    tensor: {
      kind: "tensor",
      value: { dtype: 1, shape: [2], bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255) },
    },
  });
  assert.equal(Buffer.from(map.get("string").getS_asU8()).toString(), "SAME");
  assert.deepEqual([map.get("int").getI(), map.get("zero").getI(), map.get("zero").hasI()], [-1, 0, true]);
  assert.equal(map.get("float").getF(), 0.25);
  assert.deepEqual([map.get("bool").getB(), map.get("bool").hasB()], [false, true]);
  assert.equal(map.get("type").getType(), 3);
  const sizes = map
    .get("shape")
    .toObject()
    .shape.dimList.map(({ size }: { size: number }) => size);
  assert.deepEqual(sizes, [2, 0]);
  assert.equal(map.get("unknown").getShape().getUnknownRank(), true);
  assert.equal(map.get("function").getFunc().getName(), "f");
  const tensor = map.get("tensor").getTensor();
  assert.equal(tensor.getDtype(), 1);
  assert.deepEqual([...tensor.getTensorContent_asU8()], [1, 2, 3, 4, 5, 6, 7, 255]);
});

test("A SavedModel keeps lists of every kind, empty ones included", () => {
  const map = decodeAttributes({
    string: { kind: "string", value: ["a", "b"] },
    int: { kind: "int", value: [1, -2] },
    float: { kind: "float", value: [0.5] },
    bool: { kind: "bool", value: [true, false] },
    type: { kind: "type", value: [1, 10] },
    shape: { kind: "shape", value: [{ sizes: [2] }, { sizes: [] }] },
    empty: { kind: "int", value: [] },
  });
  const list = (name: string) => map.get(name).getList();
  assert.deepEqual(
    list("string")
      .getSList_asU8()
      .map((bytes: Uint8Array) => Buffer.from(bytes).toString()),
    ["a", "b"],
  );
  assert.deepEqual(list("int").getIList(), [1, -2]);
  assert.deepEqual(list("float").getFList(), [0.5]);
  assert.deepEqual(list("bool").getBList(), [true, false]);
  assert.deepEqual(list("type").getTypeList(), [1, 10]);
  assert.equal(list("shape").getShapeList().length, 2);
  assert.deepEqual(list("empty").getIList(), []);
});

test("A SavedModel with a string constant is refused", () => {
  const value = { dtype: 7, shape: [], bytes: new Uint8Array() };
  assert.throws(() => decodeAttributes({ value: { kind: "tensor", value } }), /string constant/);
});
