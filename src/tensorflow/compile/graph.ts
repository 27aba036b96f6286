import type { Attribute, Attributes, Constant } from "./attribute.js";
import { dtypes } from "./dtype.js";

/** One operation. Inputs name another node's output: `node:0` in a graph, `node:output:0` in a function. */
export interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

/** A named, typed value that enters or leaves a function. */
export interface Argument {
  readonly name: string;
  readonly dtype: number;
}

/** A function of a graph's library. `results[i]` names the output that becomes `outputs[i]`. */
export interface GraphFunction {
  readonly name: string;
  readonly inputs: readonly Argument[];
  readonly outputs: readonly Argument[];
  readonly nodes: readonly Node[];
  readonly results: readonly string[];
  readonly attributes?: Attributes;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly functions: readonly GraphFunction[];
}

export const typeAttribute = (value: number): Attribute => ({ kind: "type", value });
export const typeListAttribute = (value: readonly number[]): Attribute => ({ kind: "type", value });

/** A node that holds a value. */
export function constantNode(name: string, value: Constant): Node {
  return {
    name,
    op: "Const",
    inputs: [],
    attributes: { dtype: typeAttribute(value.dtype), value: { kind: "tensor", value } },
  };
}

/** An int32 constant of any shape. */
export function int32Constant(name: string, values: readonly number[], shape: readonly number[] = []): Node {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  return constantNode(name, { dtype: dtypes.int32, shape, bytes });
}

/** A node whose value is given with every call; its shape is part of the compiled program. */
export function placeholder(name: string, dtype: number, shape: readonly number[]): Node {
  return {
    name,
    op: "Placeholder",
    inputs: [],
    attributes: { dtype: typeAttribute(dtype), shape: { kind: "shape", value: { sizes: shape } } },
  };
}
