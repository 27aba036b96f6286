import type { Constant } from "../attribute.js";
import { dtypes } from "../tensor-type.js";
import type { Operation, Trace } from "../trace.js";
import { type Outputs, rewrite, type TraceBuilder } from "./rewrite.js";

// XLA takes most of TensorFlow's operations apart by code of its own, but for some it starts MLIR's compiler: 4 ms for each
// occurrence, whenever a program is compiled or loaded. These are replaced by equal ones of the first kind. Exp and Sqrt, which
// have no equal, occur a few times in a step.

type Replace = (operation: Operation, builder: TraceBuilder) => Outputs;

const replacements: Readonly<Record<string, Replace>> = {
  // It broadcasts in addition.
  Select: (operation, { addOperation }) => addOperation({ ...operation, op: "SelectV2" }),
  Relu(operation, { addConstant, addOperation }) {
    return addOperation({ ...operation, op: "Maximum", inputs: [...operation.inputs, addConstant(zero)] });
  },
  Abs(operation, { addOperation }) {
    const negative = addOperation({ ...operation, op: "Neg" })(0);
    return addOperation({ ...operation, op: "Maximum", inputs: [...operation.inputs, negative] });
  },
};

const zero: Constant = { dtype: dtypes.float32, shape: [], bytes: new Uint8Array(4) };

/** Replaces the float32 operations that XLA lowers slowly. */
export function lowerDirectly(trace: Trace): Trace {
  return rewrite(trace, (operation, builder) => {
    const replace = operation.outputs[0]?.dtype === dtypes.float32 ? replacements[operation.op] : undefined;
    return replace?.(operation, builder) ?? builder.addOperation(operation);
  });
}
