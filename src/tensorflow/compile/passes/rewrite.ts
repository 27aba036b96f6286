import type { Constant } from "../attribute.js";
import type { Operation, Source, Trace } from "../trace.js";

/** Returns the source of each output of an operation, by its number. */
export type Outputs = (output: number) => Source;

/** Adds to the trace that a rewriting builds. */
export interface TraceBuilder {
  addConstant(value: Constant): Source;
  addOperation(operation: Operation): Outputs;
}

/**
 * Rewrites a trace operation by operation, in their order. `rule` gets each with the sources of its inputs in the new trace, adds
 * what takes its place, and returns where its outputs are then.
 */
export function rewrite(trace: Trace, rule: (operation: Operation, builder: TraceBuilder) => Outputs): Trace {
  const constants = [...trace.constants];
  const operations: Operation[] = [];
  const builder: TraceBuilder = {
    addConstant: (value) => ({ from: "constant", index: constants.push(value) - 1 }),
    addOperation(operation) {
      const index = operations.push(operation) - 1;
      return (output) => ({ from: "operation", index, output });
    },
  };
  /** By the index of an operation in the old trace. */
  const outputs: Outputs[] = [];
  const follow = (source: Source): Source =>
    source.from === "operation" ? outputsOf(outputs, source.index)(source.output) : source;
  for (const operation of trace.operations) {
    outputs.push(rule({ ...operation, inputs: operation.inputs.map(follow) }, builder));
  }
  const results = trace.results.map((result) => ({ ...result, ...follow(result) }));
  return { ...trace, constants, operations, results };
}

function outputsOf(outputs: readonly Outputs[], index: number): Outputs {
  const found = outputs[index];
  if (found === undefined) {
    throw new Error(`operation ${index} of a trace is used before it runs`);
  }
  return found;
}
