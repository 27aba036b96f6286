import { blockLength, validationBatch } from "../images.js";
import { type FlatLayout, flatLayout } from "../network/flat-layout.js";
import { tasks } from "../tasks/tasks.js";
import { computedLosses, type LaneRun, type StepSignature, stepSignature } from "./step-signature.js";

// How many lanes fit into a device's memory. A compiled step takes a number of rows, each as long as the
// layout, and most of them while it is traced, as all intermediate results then exist at once. The numbers of
// rows below are fitted to the peak of the process on a CPU (docs/gpu.md has the measurements). They include
// batch norm; without it a quarter less is needed.

const float32Bytes = 4;

/** Factor for compiled code and for gaps of the allocator. */
const headroom = 1.25;

/** Images exist as drawn, as laid out and as passed to the step; at worst every lane sees its own. */
const imageCopies = 3;

/** Left to CUDA, its libraries' workspaces, and other processes on the card. */
const reservedBytes = 1024 ** 3;
const usableShare = 0.8;

/** Returns the most bytes that each lane of a step takes which trains such runs. */
export function bytesPerLane(run: LaneRun): number {
  const { batchSize, imageSize, validationImages, evaluateWith } = run.cell;
  const signature = stepSignature(run);
  const step = flatLayout(batchSize, imageSize);
  const evaluation = flatLayout(validationBatch(validationImages, evaluateWith), imageSize);
  const rows = Math.max(
    positionsOf(step, signature) * rowsOfStep(signature),
    positionsOf(evaluation, signature) * rowsOfEvaluation(signature),
  );
  const blocks = positionsOf(step, signature) * blockLength(step) * (signature.noisy ? 2 : 1);
  const validation = (positionsOf(evaluation, signature) * validationImages) / evaluation.batch;
  return float32Bytes * (headroom * rows + imageCopies * (blocks + validation));
}

/** Returns how many lanes fit into `freeBytes`; at least one, so that it is tried. */
export function lanesThatFit(run: LaneRun, freeBytes: number): number {
  const usable = usableShare * (freeBytes - reservedBytes);
  return Math.max(1, Math.floor(usable / bytesPerLane(run)));
}

/** Returns the length of the longest row: the images with their halo. */
function positionsOf(layout: FlatLayout, { convLayers }: StepSignature): number {
  return layout.length + 2 * (2 * convLayers - 1) * layout.kernelReach;
}

function rowsOfStep(signature: StepSignature): number {
  const { filters, convLayers } = signature;
  const losses = computedLosses(signature).length;
  return (
    155 +
    52 * losses +
    workspaceOf(signature) +
    filters * (8 + 12 * losses + (convLayers - 1) * (54 + 26 * losses))
  );
}

function rowsOfEvaluation(signature: StepSignature): number {
  const { filters, convLayers } = signature;
  return 117 + workspaceOf(signature) + filters * (11 + 31 * (convLayers - 1));
}

function workspaceOf(signature: StepSignature): number {
  return tasks[signature.task].workspace(signature);
}
