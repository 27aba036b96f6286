import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { type Graph, type GraphFunction, type Node, placeholder, typeListAttribute } from "./graph.js";
import { openSession } from "./session.js";
import { describeType, type TensorType, tensorType } from "./tensor-type.js";

/** A function over tensors that runs as one TensorFlow session call. */
export interface CompiledFunction {
  /** Runs it on tensors of the shapes and types of the examples. The caller owns the results. Throws if one has another shape or type. */
  (...inputs: Tensor[]): Tensor[];
  /** Frees the session; the function cannot be called any more. A second call does nothing. */
  dispose(): void;
}

/** How a function is compiled. */
export interface CompileOptions {
  /**
   * Has XLA fuse the operations into machine code. Many small operations run faster so, but the last bits may differ from
   * eager execution, and not every operation can be compiled. Without it the bits are those of eager execution, except for
   * the few operations for which oneDNN has another kernel in a graph (softmax).
   */
  readonly xla?: boolean;
}

/** The type of an input and its name in messages. */
export interface NamedType extends TensorType {
  readonly name: string;
}

/** Returns the names of the placeholders for these inputs. */
export function inputNames(inputs: readonly TensorType[]): string[] {
  return inputs.map((_, index) => `input${index}`);
}

/** Makes a graph with these inputs callable. `results` names the values that it returns. */
export function openCompiledGraph(
  graph: Graph,
  inputs: readonly NamedType[],
  results: readonly string[],
): CompiledFunction {
  const names = inputNames(inputs);
  const placeholders = inputs.map(({ dtype, shape }, index) => placeholder(`input${index}`, dtype, shape));
  const session = openSession(
    { nodes: [...placeholders, ...graph.nodes], functions: graph.functions },
    names.map((name) => `${name}:0`),
    results,
  );
  const call = (...tensors: Tensor[]): Tensor[] => {
    checkInputs(inputs, tensors);
    return session.run(tensors);
  };
  return Object.assign(call, { dispose: session.close });
}

/** Makes a function callable, compiled by XLA if the options say so. `others` are the functions that it calls. */
export function openCompiledFunction(
  main: GraphFunction,
  others: readonly GraphFunction[],
  inputs: readonly NamedType[],
  options: CompileOptions,
): CompiledFunction {
  const compiled = options.xla ?? false;
  const node: Node = {
    name: "main",
    op: "PartitionedCall",
    inputs: inputNames(inputs),
    attributes: {
      Tin: typeListAttribute(main.inputs.map(({ dtype }) => dtype)),
      Tout: typeListAttribute(main.outputs.map(({ dtype }) => dtype)),
      f: { kind: "function", value: main.name },
      _XlaMustCompile: { kind: "bool", value: compiled },
    },
  };
  // XLA compiles a function so marked when it is first called, for the shapes of that call.
  const marked = { ...main, attributes: { _XlaMustCompile: { kind: "bool", value: compiled } } } as const;
  const results = main.outputs.map((_, index) => `main:${index}`);
  return openCompiledGraph({ nodes: [node], functions: [marked, ...others] }, inputs, results);
}

function checkInputs(expected: readonly NamedType[], tensors: readonly Tensor[]): void {
  if (tensors.length !== expected.length) {
    throw new Error(`this compiled function takes ${expected.length} tensors, not ${tensors.length}`);
  }
  for (const [index, type] of expected.entries()) {
    const tensor = tensors[index];
    const got = tensor === undefined ? "nothing" : describeType(tensorType(tensor));
    if (got !== describeType(type)) {
      throw new Error(`${type.name} of this compiled function is ${describeType(type)}; got ${got}`);
    }
  }
}
