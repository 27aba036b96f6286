import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { dtypeName } from "./dtype.js";
import { type Graph, type GraphFunction, type Node, placeholder, typeListAttribute } from "./graph.js";
import { openSession } from "./session.js";
import { type TensorType, tensorType } from "./trace.js";

/** A function over tensors that runs as one TensorFlow session call. */
export interface CompiledFunction {
  /** Runs it on tensors of the shapes and types of the examples. The caller owns the results. Throws if one has another. */
  (...inputs: Tensor[]): Tensor[];
  /** Frees the session; the function cannot be called any more. A second call does nothing. */
  dispose(): void;
}

export interface CompileOptions {
  /**
   * Let XLA fuse the operations into machine code: faster where many small ones follow each other, but the last bits may
   * differ from eager's, and not every operation can be compiled. Without it the bits are those of eager, but for the few
   * operations of which oneDNN has another kernel in a graph (softmax).
   */
  readonly xla?: boolean;
}

/** Names of the placeholders of a graph with so many inputs. */
export function inputNames(inputs: readonly TensorType[]): string[] {
  return inputs.map((_, index) => `input${index}`);
}

/** Makes a graph with these inputs callable. `results` names what it gives. */
export function openCompiledGraph(
  graph: Graph,
  inputs: readonly TensorType[],
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

/** Makes a function of a library callable: compiled by XLA, or as it stands. */
export function openCompiledFunction(
  main: GraphFunction,
  others: readonly GraphFunction[],
  inputs: readonly TensorType[],
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

function checkInputs(expected: readonly TensorType[], tensors: readonly Tensor[]): void {
  if (tensors.length !== expected.length) {
    throw new Error(`this compiled function takes ${expected.length} tensors, not ${tensors.length}`);
  }
  for (const [index, tensor] of tensors.entries()) {
    const wanted = expected[index];
    const got = tensorType(tensor);
    if (wanted === undefined || wanted.dtype !== got.dtype || String(wanted.shape) !== String(got.shape)) {
      throw new Error(
        `input ${index} of this compiled function is ${wanted === undefined ? "" : describeType(wanted)}; got ${describeType(got)}`,
      );
    }
  }
}

/** A type in words: `float32 [2,3]`. */
export function describeType({ dtype, shape }: TensorType): string {
  return `${dtypeName(dtype)} [${shape}]`;
}
