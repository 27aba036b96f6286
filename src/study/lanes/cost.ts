import { channels } from "../network/architecture.js";
import type { Run } from "../run.js";
import { computedLosses, type StepSignature, stepSignature } from "./step-signature.js";

/** Cost of a step that does not depend on its size: calling it, drawing images, writing a row. */
const fixedCost = 5e5;

/** What batch norm adds to a step's passes. */
const batchNormShare = 0.5;

/**
 * The cost that a core handles in a second, as measured for docs/performance.md: enough for an estimate in
 * minutes.
 */
export const costPerSecond = 2.2e10;

/** The cost of starting a worker and compiling a step, which takes about three seconds. */
export const compilationCost = 3 * costPerSecond;

/** Estimates the cost of a run in multiply-adds, well enough to order runs by their length. */
export function costOf(run: Run): number {
  const { batchNorm, steps } = run.cell;
  const share = batchNorm ? 1 + batchNormShare : 1;
  return steps * (fixedCost + multiplyAdds(stepSignature(run)) * share);
}

/** Estimates the multiply-adds in the matrix products of one lane's step. */
export function multiplyAdds(signature: StepSignature): number {
  const { batchSize, imageSize, filters, convLayers } = signature;
  const products = 9 * filters + (convLayers - 1) * 9 * filters ** 2 + channels * filters;
  // Forward once; backward to the weights and to the input for every loss.
  const passes = 1 + 2 * computedLosses(signature).length;
  return batchSize * imageSize ** 2 * products * passes;
}
