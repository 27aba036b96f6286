import type { Tensor, TensorInfo } from "@tensorflow/tfjs-node-gpu";
import { type Backend, backend, scoped, tf } from "../backend.js";
import { type Attribute, type Constant, type EagerAttribute, toGraphAttribute } from "./attribute.js";
import { completeAttributes } from "./op-definitions.js";
import { dtypeOf, type TensorType, tensorType } from "./tensor-type.js";

/** Where a traced value comes from. */
export type Source =
  | { readonly from: "input"; readonly index: number }
  | { readonly from: "operation"; readonly index: number; readonly output: number }
  | { readonly from: "constant"; readonly index: number };

/** One call of a TensorFlow operation. */
export interface Operation {
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly Source[];
  /** The types of its outputs. */
  readonly outputs: readonly TensorType[];
}

/** The operations that a function over tensors ran on its examples. */
export interface Trace {
  readonly inputs: readonly TensorType[];
  readonly operations: readonly Operation[];
  readonly constants: readonly Constant[];
  readonly results: readonly (Source & TensorType)[];
}

let isTracing = false;

/** A function that can be compiled: it must run the same operations whatever the values of its inputs. */
export type TensorFunction = (...inputs: Tensor[]) => readonly Tensor[];

/**
 * Traces a function: runs `fn` once on copies of `examples`, whose shapes and types become those of the inputs, and records
 * every operation that it runs. Tensors that `fn` brings from elsewhere become constants, with their present values.
 * Throws if `fn` reads a value that depends on its inputs, as it could choose its operations by it, if it brings a tensor of
 * strings, and if it traces another function.
 */
export function trace(fn: TensorFunction, examples: readonly Tensor[]): Trace {
  if (isTracing) {
    throw new Error("cannot trace a function while another is being traced");
  }
  const inputs = examples.map((example) => tf.tensor(example.dataSync(), example.shape, example.dtype));
  const log = openLog(inputs);
  const stop = observe(log);
  try {
    return scoped(() => log.close(fn(...inputs)));
  } finally {
    stop();
    tf.dispose(inputs);
  }
}

interface Log {
  add(
    op: string,
    attributes: readonly EagerAttribute[],
    inputs: readonly TensorInfo[],
    outputs: readonly Tensor[],
  ): void;
  /** Whether a value depends on the inputs: it is one, or a traced operation made it. */
  isTraced(dataId: object): boolean;
  close(results: readonly Tensor[]): Trace;
}

function openLog(inputs: readonly Tensor[]): Log {
  const operations: Operation[] = [];
  const constants: Constant[] = [];
  const constantSources = new Map<string, Source>();
  const sources = new Map<object, Source>();
  for (const [index, input] of inputs.entries()) {
    sources.set(input.dataId, { from: "input", index });
  }
  // Many tensors are equal, such as vectors of ones: the graph has each value once.
  const sourceOfConstant = (constant: Constant): Source => {
    const { dtype, shape, bytes } = constant;
    const key = `${dtype} ${shape} ${Buffer.from(bytes).toString("latin1")}`;
    const source = constantSources.get(key) ?? {
      from: "constant",
      index: constants.push(constant) - 1,
    };
    constantSources.set(key, source);
    return source;
  };
  const sourceOf = (tensor: TensorInfo): Source => {
    const known = sources.get(tensor.dataId);
    if (known !== undefined) {
      return known;
    }
    // Read now: what was made under tf.tidy may be gone when the trace is used.
    const source = sourceOfConstant(constantOf(tensor));
    sources.set(tensor.dataId, source);
    return source;
  };
  return {
    add(op, attributes, tensors, outputs) {
      const index = operations.push({
        op,
        attributes: completeAttributes(
          op,
          Object.fromEntries(attributes.map((item) => [item.name, toGraphAttribute(op, item)])),
          tensors.map(({ dtype }) => dtypeOf(dtype)),
        ),
        inputs: tensors.map(sourceOf),
        outputs: outputs.map(tensorType),
      });
      for (const [output, tensor] of outputs.entries()) {
        sources.set(tensor.dataId, { from: "operation", index: index - 1, output });
      }
    },
    isTraced: (dataId) => sources.has(dataId) && sources.get(dataId)?.from !== "constant",
    close: (results) => ({
      inputs: inputs.map(tensorType),
      operations,
      constants,
      results: results.map((result) => ({ ...sourceOf(result), ...tensorType(result) })),
    }),
  };
}

function constantOf(tensor: TensorInfo): Constant {
  if (tensor.dtype === "string" || tensor.dtype === "complex64") {
    throw new Error(`cannot trace a constant of type ${tensor.dtype}`);
  }
  const data = backend().readSync(tensor.dataId);
  return {
    ...tensorType(tensor),
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(),
  };
}

type Observed = Pick<Backend, "executeSingleOutput" | "executeMultipleOutputs" | "read" | "readSync">;

/** Adds every operation of the backend to a log until the returned function is called. */
function observe(log: Log): () => void {
  const engine = backend();
  const original: Observed = {
    executeSingleOutput: engine.executeSingleOutput,
    executeMultipleOutputs: engine.executeMultipleOutputs,
    read: engine.read,
    readSync: engine.readSync,
  };
  const guard = (dataId: object): void => {
    if (log.isTraced(dataId)) {
      throw new Error("cannot trace a function that reads a value which depends on its inputs");
    }
  };
  const observed: Observed = {
    executeSingleOutput(op, attributes, inputs) {
      const output = original.executeSingleOutput.call(engine, op, attributes, inputs);
      log.add(op, attributes, inputs, [output]);
      return output;
    },
    executeMultipleOutputs(op, attributes, inputs, count) {
      const outputs = original.executeMultipleOutputs.call(engine, op, attributes, inputs, count);
      log.add(op, attributes, inputs, outputs);
      return outputs;
    },
    read(dataId) {
      guard(dataId);
      return original.read.call(engine, dataId);
    },
    readSync(dataId) {
      guard(dataId);
      return original.readSync.call(engine, dataId);
    },
  };
  isTracing = true;
  Object.assign(engine, observed);
  return () => {
    Object.assign(engine, original);
    isTracing = false;
  };
}
