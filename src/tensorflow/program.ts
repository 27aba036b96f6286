import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { dtypeName } from "./dtype.js";
import { type Graph, type GraphFunction, type Node, placeholder, types } from "./graph.js";
import { type ValueType, valueType } from "./recording.js";
import { openSession } from "./session.js";

/** A function over tensors that runs as one TensorFlow session call. */
export interface Compiled {
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
export function inputNames(inputs: readonly ValueType[]): string[] {
  return inputs.map((_, index) => `input${index}`);
}

/** Makes a graph with these inputs callable. `results` names what it gives. */
export function openProgram(
  graph: Graph,
  inputs: readonly ValueType[],
  results: readonly string[],
): Compiled {
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
export function openFunction(
  main: GraphFunction,
  others: readonly GraphFunction[],
  inputs: readonly ValueType[],
  options: CompileOptions,
): Compiled {
  const compiled = options.xla ?? false;
  const node: Node = {
    name: "main",
    op: "PartitionedCall",
    inputs: inputNames(inputs),
    attributes: {
      Tin: types(main.inputs.map(({ dtype }) => dtype)),
      Tout: types(main.outputs.map(({ dtype }) => dtype)),
      f: { kind: "function", value: main.name },
      _XlaMustCompile: { kind: "bool", value: compiled },
    },
  };
  // XLA compiles a function so marked when it is first called, for the shapes of that call.
  const marked = { ...main, attributes: { _XlaMustCompile: { kind: "bool", value: compiled } } } as const;
  const results = main.outputs.map((_, index) => `main:${index}`);
  return openProgram({ nodes: [node], functions: [marked, ...others] }, inputs, results);
}

function checkInputs(expected: readonly ValueType[], tensors: readonly Tensor[]): void {
  if (tensors.length !== expected.length) {
    throw new Error(`this compiled function takes ${expected.length} tensors, not ${tensors.length}`);
  }
  for (const [index, tensor] of tensors.entries()) {
    const wanted = expected[index];
    const got = valueType(tensor);
    if (wanted === undefined || wanted.dtype !== got.dtype || String(wanted.shape) !== String(got.shape)) {
      throw new Error(
        `input ${index} of this compiled function is ${wanted === undefined ? "" : described(wanted)}; got ${described(got)}`,
      );
    }
  }
}

/** A type in words: `float32 [2,3]`. */
export function described({ dtype, shape }: ValueType): string {
  return `${dtypeName(dtype)} [${shape}]`;
}
