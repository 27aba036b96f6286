import type { Run } from "../run.js";
import { multiplyAdds, stepSignature } from "./lane-parameters.js";

/** What a step costs whatever its size: calling it, drawing, writing a row. */
const fixed = 5e5;

/** What the normalisation adds to a step's passes. */
const batchNormShare = 0.5;

/** Roughly what a run costs, in multiplications: enough to tell long runs from short ones. */
export function costOf(run: Run): number {
  const { batchNorm, steps } = run.cell;
  const share = batchNorm ? 1 + batchNormShare : 1;
  return steps * (fixed + multiplyAdds(stepSignature(run)) * share);
}
