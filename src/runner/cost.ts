import type { Run } from "../config/cell.js";

/** What a step costs whatever its size: calling it, drawing, writing a row. */
const fixed = 5e5;

/** What the normalisation adds to a step's passes. */
const batchNormShare = 0.5;

/** Roughly what a run costs, in multiplications: enough to tell long runs from short ones. */
export function costOf({ cell, monitor }: Run): number {
  const { batchSize, imageSize, filters, convLayers, batchNorm, steps } = cell;
  const products = 9 * filters + (convLayers - 1) * 9 * filters ** 2 + 2 * filters;
  // Forward once; back to the weights and to the input for every loss.
  const passes = 1 + 2 * new Set([...monitor, cell.loss]).size;
  const share = batchNorm ? 1 + batchNormShare : 1;
  return steps * (fixed + batchSize * imageSize ** 2 * products * passes * share);
}
