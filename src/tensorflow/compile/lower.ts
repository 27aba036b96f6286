import { type Argument, constantNode, type GraphFunction, type Node, typeAttribute } from "./graph.js";
import { outputName } from "./op-definitions.js";
import type { Operation, Source, Trace } from "./trace.js";

/** The nodes of a trace in a graph, and the names of its results there. */
export interface Lowered {
  readonly nodes: readonly Node[];
  readonly results: readonly string[];
}

/** Names output number `output` of a node, in a graph or in a function. */
type Naming = (node: string, op: string, output: number) => string;

const inGraph: Naming = (node, _op, output) => `${node}:${output}`;

/** Writes a trace as nodes of a graph. `inputs` names the values to use for its inputs. */
export function lowerToGraph(traced: Trace, inputs: readonly string[]): Lowered {
  return lower(traced, inputs, inGraph);
}

/** Writes a trace as a function whose inputs are called x0, x1, ... and its results y0, y1, ... */
export function lowerToFunction(traced: Trace, name: string): GraphFunction {
  const inputs: Argument[] = traced.inputs.map(({ dtype }, index) => ({ name: `x${index}`, dtype }));
  const { nodes, results } = lower(
    traced,
    inputs.map((input) => input.name),
    outputName,
  );
  const outputs = traced.results.map(({ dtype }, index) => ({ name: `y${index}`, dtype }));
  return { name, inputs, outputs, nodes, results };
}

function lower(traced: Trace, inputs: readonly string[], naming: Naming): Lowered {
  const nodeName = (index: number): string => `op${index}`;
  const constantName = (index: number): string => `constant${index}`;
  const at = <T>(list: readonly T[], index: number): T => {
    const item = list[index];
    if (item === undefined) {
      throw new Error(`trace refers to value ${index} of ${list.length}`);
    }
    return item;
  };
  const nameOf = (source: Source): string => {
    switch (source.from) {
      case "input":
        return at(inputs, source.index);
      case "constant":
        return naming(constantName(source.index), "Const", 0);
      case "operation":
        return naming(nodeName(source.index), at(traced.operations, source.index).op, source.output);
    }
  };
  const toNode = ({ op, attributes, inputs }: Operation, index: number): Node => ({
    name: nodeName(index),
    op,
    inputs: inputs.map(nameOf),
    attributes,
  });
  const constants = traced.constants.map((value, index) => constantNode(constantName(index), value));
  // A result may be an input or a constant, or be returned twice: an Identity gives each a node of its own.
  const results = traced.results.map((result, index) => ({
    name: `result${index}`,
    op: "Identity",
    inputs: [nameOf(result)],
    attributes: { T: typeAttribute(result.dtype) },
  }));
  return {
    nodes: [...constants, ...traced.operations.map(toNode), ...results],
    results: results.map(({ name }) => naming(name, "Identity", 0)),
  };
}
