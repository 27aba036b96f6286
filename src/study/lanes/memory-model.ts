import { blockLength, validationBatch } from "../images.js";
import { type FlatLayout, flatLayout } from "../network/flat-layout.js";
import { computedLosses, type LaneRun, type StepSignature, stepSignature } from "./lane-parameters.js";

// How many lanes a device's memory holds. What a program takes is a number of rows, each as long as the layout; most of it when
// it is recorded, for then all that it computes is there at once. The numbers of rows below were fitted to the peak of the
// process on a CPU (docs/gpu.md has the measurements); they count batch norm, without which it is a quarter less.

const float32Bytes = 4;

/** What compiled programs and the allocator's gaps take beyond the rows. */
const headroom = 1.25;

/** Images are there as drawn, as laid out and as handed to the program; at worst every lane sees its own. */
const imageCopies = 3;

/** Left to CUDA itself, its libraries' workspaces, and to others on the card. */
const reservedBytes = 1024 ** 3;
const usableShare = 0.8;

/** Bytes that every lane takes, at most, of a program that trains such runs. */
export function bytesPerLane(run: LaneRun): number {
  const { batchSize, imageSize, validationImages, evaluateWith } = run.cell;
  const program = stepSignature(run);
  const step = flatLayout(batchSize, imageSize);
  const evaluation = flatLayout(validationBatch(validationImages, evaluateWith), imageSize);
  const rows = Math.max(
    positionsOf(step, program) * rowsOfStep(program),
    positionsOf(evaluation, program) * rowsOfEvaluation(program),
  );
  const blocks = positionsOf(step, program) * blockLength(step) * (program.noisy ? 2 : 1);
  const validation = (positionsOf(evaluation, program) * validationImages) / evaluation.batch;
  return float32Bytes * (headroom * rows + imageCopies * (blocks + validation));
}

/** How many lanes fit where so many bytes are free; at least one, which is to be tried. */
export function lanesThatFit(run: LaneRun, freeBytes: number): number {
  const usable = usableShare * (freeBytes - reservedBytes);
  return Math.max(1, Math.floor(usable / bytesPerLane(run)));
}

/** The longest row: the image's, with its margin. */
function positionsOf(layout: FlatLayout, { convLayers }: StepSignature): number {
  return layout.length + 2 * (2 * convLayers - 1) * layout.kernelReach;
}

function rowsOfStep(program: StepSignature): number {
  const { filters, convLayers } = program;
  const losses = computedLosses(program).length;
  return 155 + 52 * losses + filters * (8 + 12 * losses + (convLayers - 1) * (54 + 26 * losses));
}

function rowsOfEvaluation({ filters, convLayers }: StepSignature): number {
  return 117 + filters * (11 + 31 * (convLayers - 1));
}
