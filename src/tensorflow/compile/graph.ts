import type { Attribute, Attributes, Constant } from "./attribute.js";
import { dtypes } from "./tensor-type.js";

/** One operation. Its inputs name outputs of other nodes: `node:0` in a graph, `node:output:0` in a function. */
export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/** An input or output of a function. */
export interface Argument {
  readonly name: string;
  readonly dtype: number;
}

/** A function of a graph's library. `results[i]` names the value that becomes `outputs[i]`. */
export interface GraphFunction {
  readonly name: string;
  readonly inputs: readonly Argument[];
  readonly outputs: readonly Argument[];
  readonly nodes: readonly Node[];
  readonly results: readonly string[];
  readonly attributes?: Attributes;
}

/** Nodes and the library of functions that they call. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly functions: readonly GraphFunction[];
}

/** Returns an attribute that holds a type. */
export const typeAttribute = (value: number): Attribute => ({ kind: "type", value });
/** Returns an attribute that holds a list of types. */
export const typeListAttribute = (value: readonly number[]): Attribute => ({ kind: "type", value });

/** Returns a node that holds a value. */
export function constantNode(name: string, value: Constant): Node {
  return {
    name,
    op: "Const",
    inputs: [],
    attributes: { dtype: typeAttribute(value.dtype), value: { kind: "tensor", value } },
  };
}

/** Returns a node that holds int32 numbers. */
export function int32Constant(name: string, values: readonly number[], shape: readonly number[] = []): Node {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  return constantNode(name, { dtype: dtypes.int32, shape, bytes });
}

/** Returns a node whose value is passed in every call. Its shape is fixed. */
export function placeholder(name: string, dtype: number, shape: readonly number[]): Node {
  return {
    name,
    op: "Placeholder",
    inputs: [],
    attributes: { dtype: typeAttribute(dtype), shape: { kind: "shape", value: { sizes: shape } } },
  };
}
