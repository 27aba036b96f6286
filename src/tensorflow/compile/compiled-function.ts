import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { isUsingGpu } from "../backend.js";
import { compileInTurn } from "../native/compile-turn.js";
import { xlaCacheInUse } from "../native/xla-cache.js";
import { type Graph, type GraphFunction, type Node, placeholder, typeListAttribute } from "./graph.js";
import { encodeSavedModel } from "./saved-model.js";
import { openSession, type Session } from "./session.js";
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

/** What is loaded into TensorFlow to make a function callable. */
export interface FunctionModel {
  /** The bytes of a `saved_model.pb`. */
  readonly model: Uint8Array;
  readonly inputs: readonly NamedType[];
  /** The names of the values that it returns. */
  readonly results: readonly string[];
  /** Whether XLA compiles it. */
  readonly xla: boolean;
}

/** Encodes a graph with these inputs. `results` names the values that it returns. */
export function encodeGraph(
  graph: Graph,
  inputs: readonly NamedType[],
  results: readonly string[],
  { xla = false }: CompileOptions = {},
): FunctionModel {
  const placeholders = inputs.map(({ dtype, shape }, index) => placeholder(`input${index}`, dtype, shape));
  const nodes = [...placeholders, ...graph.nodes];
  return { model: encodeSavedModel({ nodes, functions: graph.functions }), inputs, results, xla };
}

/** Makes a function callable. Throws TensorFlow's error if it does not accept the model. */
export function openCompiledFunction({ model, inputs, results, xla }: FunctionModel): CompiledFunction {
  const names = inputNames(inputs).map((name) => `${name}:0`);
  const session = openSession(model, names, results);
  let run = xla ? firstRun(session) : session.run;
  const call = (...tensors: Tensor[]): Tensor[] => {
    checkInputs(inputs, tensors);
    const values = run(tensors);
    run = session.run;
    return values;
  };
  return Object.assign(call, { dispose: session.close });
}

/** Returns how to run a session for the first time, when XLA compiles it or loads what a process has stored. */
function firstRun({ hash, run }: Session): Session["run"] {
  // Programs for a GPU are not stored.
  const folder = isUsingGpu() ? undefined : xlaCacheInUse();
  return folder === undefined ? run : (tensors) => compileInTurn(hash, folder, () => run(tensors));
}

/** Encodes a function, compiled by XLA if the options say so. `others` are the functions that it calls. */
export function encodeFunction(
  main: GraphFunction,
  others: readonly GraphFunction[],
  inputs: readonly NamedType[],
  options: CompileOptions,
): FunctionModel {
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
  const functions = [marked, ...others];
  const results = main.outputs.map((_, index) => `main:${index}`);
  const graph = { nodes: [node], functions: compiled ? functions.map(withoutGrappler) : functions };
  return encodeGraph(graph, inputs, results, options);
}

/**
 * Marks a function so that Grappler, TensorFlow's optimizer of graphs, leaves it as it is. XLA simplifies the function anyway, and
 * Grappler takes longer than XLA needs to load a compiled program. The mark is that of tf.data, whose functions are optimized
 * elsewhere; it is the only one that Grappler knows for a function and that changes nothing else.
 */
function withoutGrappler(definition: GraphFunction): GraphFunction {
  const attributes = { ...definition.attributes, _tf_data_function: { kind: "bool", value: true } } as const;
  return { ...definition, attributes };
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
