import { dtypes } from "./dtype.js";
import {
  type Argument,
  type GraphFunction,
  int32Constant,
  type Node,
  typeAttribute,
  typeListAttribute,
} from "./graph.js";
import { outputName } from "./op-definitions.js";
import type { TensorType, Trace } from "./trace.js";

/** A recorded body and the types of everything around it. */
export interface TracedScan {
  readonly step: Trace;
  readonly length: number;
  readonly carried: readonly TensorType[];
  readonly sequences: readonly TensorType[];
  readonly constants: readonly TensorType[];
  readonly emitted: readonly TensorType[];
}

// The functions of the graph. What the loop holds, in this order:
//   index, end, carried..., lists of emitted..., sequences..., constants...

interface Names {
  readonly carried: readonly string[];
  readonly lists: readonly string[];
  readonly sequences: readonly string[];
  readonly constants: readonly string[];
}

function namesOf(loop: TracedScan): Names {
  const numbered = (prefix: string, values: readonly unknown[]): string[] =>
    values.map((_, index) => `${prefix}${index}`);
  return {
    carried: numbered("carried", loop.carried),
    lists: numbered("list", loop.emitted),
    sequences: numbered("sequence", loop.sequences),
    constants: numbered("constant", loop.constants),
  };
}

function loopArguments(loop: TracedScan): Argument[] {
  const names = namesOf(loop);
  const typed = (list: readonly string[], values: readonly TensorType[]): Argument[] =>
    list.map((name, index) => ({ name, dtype: values[index]?.dtype ?? dtypes.variant }));
  return [
    { name: "index", dtype: dtypes.int32 },
    { name: "end", dtype: dtypes.int32 },
    ...typed(names.carried, loop.carried),
    ...typed(names.lists, []),
    ...typed(names.sequences, loop.sequences),
    ...typed(names.constants, loop.constants),
  ];
}

const asResults = (args: readonly Argument[]): Argument[] =>
  args.map(({ name, dtype }) => ({ name: `${name}_out`, dtype }));

/** index < end */
export function conditionFunction(loop: TracedScan): GraphFunction {
  const less: Node = {
    name: "less",
    op: "Less",
    inputs: ["index", "end"],
    attributes: { T: typeAttribute(dtypes.int32) },
  };
  return {
    name: "condition",
    inputs: loopArguments(loop),
    outputs: [{ name: "more", dtype: dtypes.bool }],
    nodes: [less],
    results: [outputName("less", "Less", 0)],
  };
}

/** One iteration: takes row `index` of the sequences, calls the recorded body, puts what it emits at `index` of the lists. */
export function bodyFunction(loop: TracedScan): GraphFunction {
  const args = loopArguments(loop);
  const names = namesOf(loop);
  const nodes: Node[] = [
    int32Constant("one", [1]),
    int32Constant("stride", [1], [1]),
    {
      name: "next",
      op: "AddV2",
      inputs: ["index", ref("one", "Const")],
      attributes: { T: typeAttribute(dtypes.int32) },
    },
    pack("begin", "index"),
    pack("stop", ref("next", "AddV2")),
    ...loop.sequences.map(({ dtype }, index) => row(`item${index}`, `sequence${index}`, dtype)),
  ];
  const items = loop.sequences.map((_, index) => ref(`item${index}`, "StridedSlice"));
  nodes.push({
    name: "body",
    op: "step",
    inputs: [...names.carried, ...items, ...names.constants],
    attributes: {},
  });
  const given = (index: number): string => `body:y${index}:0`;
  for (const [index, { dtype }] of loop.emitted.entries()) {
    nodes.push({
      name: `set${index}`,
      op: "TensorListSetItem",
      inputs: [`list${index}`, "index", given(loop.carried.length + index)],
      attributes: { element_dtype: typeAttribute(dtype) },
    });
  }
  const results = [
    ...[ref("next", "AddV2"), "end"],
    ...loop.carried.map((_, index) => given(index)),
    ...loop.emitted.map((_, index) => ref(`set${index}`, "TensorListSetItem")),
    ...[...names.sequences, ...names.constants],
  ];
  return { name: "iteration", inputs: args, outputs: asResults(args), nodes, results };
}

function ref(node: string, op: string): string {
  return outputName(node, op, 0);
}

function pack(name: string, scalar: string): Node {
  return {
    name,
    op: "Pack",
    inputs: [scalar],
    attributes: {
      N: { kind: "int", value: 1 },
      T: typeAttribute(dtypes.int32),
      axis: { kind: "int", value: 0 },
    },
  };
}

/** Row `begin` of a sequence, without the axis of rows. */
function row(name: string, sequence: string, dtype: number): Node {
  return {
    name,
    op: "StridedSlice",
    inputs: [sequence, ref("begin", "Pack"), ref("stop", "Pack"), ref("stride", "Const")],
    attributes: {
      T: typeAttribute(dtype),
      Index: typeAttribute(dtypes.int32),
      shrink_axis_mask: { kind: "int", value: 1 },
    },
  };
}

/** The loop as one function: (first, end, carried, sequences, constants) -> (carried, emitted). */
export function scanFunction(loop: TracedScan, xla: boolean): GraphFunction {
  const names = namesOf(loop);
  const all = loopArguments(loop);
  const inputs = all.filter(({ dtype }) => dtype !== dtypes.variant);
  const nodes: Node[] = [int32Constant("length", [loop.length])];
  for (const [index, { dtype, shape }] of loop.emitted.entries()) {
    nodes.push(
      int32Constant(`shape${index}`, shape, [shape.length]),
      reserve(`list${index}`, `shape${index}`, dtype),
    );
  }
  const lists = names.lists.map((list) => ref(list, "TensorListReserve"));
  nodes.push({
    name: "while",
    op: "StatelessWhile",
    inputs: ["index", "end", ...names.carried, ...lists, ...names.sequences, ...names.constants],
    attributes: {
      T: typeListAttribute(all.map(({ dtype }) => dtype)),
      cond: { kind: "function", value: "condition" },
      body: { kind: "function", value: "iteration" },
      // Inside the graph's own executor, not as a call of a function per iteration; XLA has its own loops.
      _lower_using_switch_merge: { kind: "bool", value: !xla },
    },
  });
  const listsAt = 2 + loop.carried.length;
  for (const [index, { dtype }] of loop.emitted.entries()) {
    const list = outputName("while", "StatelessWhile", listsAt + index);
    nodes.push(stack(`rows${index}`, list, `shape${index}`, dtype, loop.length));
  }
  return {
    name: "loop",
    inputs,
    outputs: [
      ...loop.carried.map(({ dtype }, index) => ({ name: `y${index}`, dtype })),
      ...loop.emitted.map(({ dtype }, index) => ({ name: `z${index}`, dtype })),
    ],
    nodes,
    results: [
      ...loop.carried.map((_, index) => outputName("while", "StatelessWhile", 2 + index)),
      ...loop.emitted.map((_, index) => ref(`rows${index}`, "TensorListStack")),
    ],
  };
}

function reserve(name: string, shape: string, dtype: number): Node {
  return {
    name,
    op: "TensorListReserve",
    inputs: [ref(shape, "Const"), ref("length", "Const")],
    attributes: { element_dtype: typeAttribute(dtype), shape_type: typeAttribute(dtypes.int32) },
  };
}

function stack(name: string, list: string, shape: string, dtype: number, length: number): Node {
  return {
    name,
    op: "TensorListStack",
    inputs: [list, ref(shape, "Const")],
    attributes: { element_dtype: typeAttribute(dtype), num_elements: { kind: "int", value: length } },
  };
}
