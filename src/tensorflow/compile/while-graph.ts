import {
  type Argument,
  type GraphFunction,
  int32Constant,
  type Node,
  typeAttribute,
  typeListAttribute,
} from "./graph.js";
import { outputName } from "./op-definitions.js";
import { dtypes, type TensorType } from "./tensor-type.js";
import type { Trace } from "./trace.js";

/** The trace of one iteration, and the types of the tensors around it. */
export interface TracedScan {
  readonly body: Trace;
  /** Rows of `xs`. */
  readonly length: number;
  readonly carry: readonly TensorType[];
  readonly xs: readonly TensorType[];
  readonly consts: readonly TensorType[];
  /** Of one iteration's `y`. */
  readonly ys: readonly TensorType[];
}

// TensorFlow's While takes two functions over the same arguments, here in this order:
//   index, end, carry..., lists of ys..., xs..., consts...

interface Names {
  readonly carry: readonly string[];
  readonly lists: readonly string[];
  readonly xs: readonly string[];
  readonly consts: readonly string[];
}

function namesOf(scan: TracedScan): Names {
  const numbered = (prefix: string, values: readonly unknown[]): string[] =>
    values.map((_, index) => `${prefix}${index}`);
  return {
    carry: numbered("carry", scan.carry),
    lists: numbered("ys", scan.ys),
    xs: numbered("xs", scan.xs),
    consts: numbered("consts", scan.consts),
  };
}

function whileArguments(scan: TracedScan): Argument[] {
  const names = namesOf(scan);
  const typed = (list: readonly string[], values: readonly TensorType[]): Argument[] =>
    list.map((name, index) => ({ name, dtype: values[index]?.dtype ?? dtypes.variant }));
  return [
    { name: "index", dtype: dtypes.int32 },
    { name: "end", dtype: dtypes.int32 },
    ...typed(names.carry, scan.carry),
    ...typed(names.lists, []),
    ...typed(names.xs, scan.xs),
    ...typed(names.consts, scan.consts),
  ];
}

const asResults = (args: readonly Argument[]): Argument[] =>
  args.map(({ name, dtype }) => ({ name: `${name}_out`, dtype }));

/** The condition of the loop: index < end. */
export function conditionFunction(scan: TracedScan): GraphFunction {
  const less: Node = {
    name: "less",
    op: "Less",
    inputs: ["index", "end"],
    attributes: { T: typeAttribute(dtypes.int32) },
  };
  return {
    name: "condition",
    inputs: whileArguments(scan),
    outputs: [{ name: "more", dtype: dtypes.bool }],
    nodes: [less],
    results: [outputName("less", "Less", 0)],
  };
}

/** One iteration: takes row `index` of the xs, calls the traced body, and sets item `index` of the lists to its y. */
export function bodyFunction(scan: TracedScan): GraphFunction {
  const args = whileArguments(scan);
  const names = namesOf(scan);
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
    ...scan.xs.map(({ dtype }, index) => row(`x${index}`, `xs${index}`, dtype)),
  ];
  const x = scan.xs.map((_, index) => ref(`x${index}`, "StridedSlice"));
  nodes.push({
    name: "body",
    op: "step",
    inputs: [...names.carry, ...x, ...names.consts],
    attributes: {},
  });
  const resultOfBody = (index: number): string => `body:y${index}:0`;
  for (const [index, { dtype }] of scan.ys.entries()) {
    nodes.push({
      name: `set${index}`,
      op: "TensorListSetItem",
      inputs: [`ys${index}`, "index", resultOfBody(scan.carry.length + index)],
      attributes: { element_dtype: typeAttribute(dtype) },
    });
  }
  const results = [
    ...[ref("next", "AddV2"), "end"],
    ...scan.carry.map((_, index) => resultOfBody(index)),
    ...scan.ys.map((_, index) => ref(`set${index}`, "TensorListSetItem")),
    ...[...names.xs, ...names.consts],
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

/** Row `begin` of one of the xs, without the axis of rows. */
function row(name: string, rows: string, dtype: number): Node {
  return {
    name,
    op: "StridedSlice",
    inputs: [rows, ref("begin", "Pack"), ref("stop", "Pack"), ref("stride", "Const")],
    attributes: {
      T: typeAttribute(dtype),
      Index: typeAttribute(dtypes.int32),
      shrink_axis_mask: { kind: "int", value: 1 },
    },
  };
}

/** The whole scan as one function: (first, end, carry, xs, consts) -> (carry, ys). */
export function scanFunction(scan: TracedScan, xla: boolean): GraphFunction {
  const names = namesOf(scan);
  const all = whileArguments(scan);
  const inputs = all.filter(({ dtype }) => dtype !== dtypes.variant);
  const nodes: Node[] = [int32Constant("length", [scan.length])];
  for (const [index, { dtype, shape }] of scan.ys.entries()) {
    nodes.push(
      int32Constant(`shape${index}`, shape, [shape.length]),
      reserve(`ys${index}`, `shape${index}`, dtype),
    );
  }
  const lists = names.lists.map((list) => ref(list, "TensorListReserve"));
  nodes.push({
    name: "while",
    op: "StatelessWhile",
    inputs: ["index", "end", ...names.carry, ...lists, ...names.xs, ...names.consts],
    attributes: {
      T: typeListAttribute(all.map(({ dtype }) => dtype)),
      cond: { kind: "function", value: "condition" },
      body: { kind: "function", value: "iteration" },
      // Inside the graph's own executor, not as a call of a function per iteration; XLA has its own loops.
      _lower_using_switch_merge: { kind: "bool", value: !xla },
    },
  });
  const listsAt = 2 + scan.carry.length;
  for (const [index, { dtype }] of scan.ys.entries()) {
    const list = outputName("while", "StatelessWhile", listsAt + index);
    nodes.push(stack(`rows${index}`, list, `shape${index}`, dtype, scan.length));
  }
  return {
    name: "scan",
    inputs,
    outputs: [
      ...scan.carry.map(({ dtype }, index) => ({ name: `carry${index}_out`, dtype })),
      ...scan.ys.map(({ dtype }, index) => ({ name: `ys${index}_out`, dtype })),
    ],
    nodes,
    results: [
      ...scan.carry.map((_, index) => outputName("while", "StatelessWhile", 2 + index)),
      ...scan.ys.map((_, index) => ref(`rows${index}`, "TensorListStack")),
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
