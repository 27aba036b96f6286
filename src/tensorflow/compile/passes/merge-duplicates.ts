import { isStateful } from "../op-definitions.js";
import type { Trace } from "../trace.js";
import { type Outputs, rewrite } from "./rewrite.js";

/**
 * Merges operations that compute the same: equal operations with equal attributes and inputs. One whose results may differ from
 * call to call is kept. XLA would do it too, but takes every operation apart first.
 */
export function mergeDuplicates(trace: Trace): Trace {
  const known = new Map<string, Outputs>();
  return rewrite(trace, (operation, builder) => {
    const { op, attributes, inputs } = operation;
    if (isStateful(op)) {
      return builder.addOperation(operation);
    }
    const key = JSON.stringify([op, attributes, inputs]);
    const outputs = known.get(key) ?? builder.addOperation(operation);
    known.set(key, outputs);
    return outputs;
  });
}
