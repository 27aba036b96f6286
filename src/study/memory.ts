import { blockLength } from "./data.js";
import { frameOf } from "./frame.js";
import { computedLosses, type Program } from "./lanes.js";

// How many lanes a device's memory holds. What a program takes is a number of rows, each as long as the frame; most of it when
// the step is recorded, for then all that it computes is there at once. The numbers of rows below were fitted to the peak of
// the process on a CPU (docs/gpu.md has the measurements); they count batch norm, without which it is a quarter less.

const float32Bytes = 4;

/** What compiled programs and the allocator's gaps take beyond the rows. */
const headroom = 1.25;

/** A block of images is there as drawn, as laid out and as handed to the program; at worst every lane sees its own. */
const blockCopies = 3;

/** Left to CUDA itself, its libraries' workspaces, and to others on the card. */
const reservedBytes = 1024 ** 3;
const usableShare = 0.8;

/** Bytes that every lane of a program takes, at most. */
export function bytesPerLane(program: Program): number {
  const { batchSize, imageSize, filters, convLayers, noisy } = program;
  const losses = computedLosses(program).length;
  const frame = frameOf(batchSize, imageSize);
  const positions = frame.length + 2 * (2 * convLayers - 1) * frame.reach;
  const first = filters * (8 + 12 * losses);
  const deeper = filters * (convLayers - 1) * (54 + 26 * losses);
  const others = 155 + 52 * losses;
  const blocks = blockCopies * blockLength(frame) * (noisy ? 2 : 1);
  return float32Bytes * positions * (headroom * (first + deeper + others) + blocks);
}

/** How many lanes fit where so many bytes are free; at least one, which is to be tried. */
export function lanesThatFit(program: Program, freeBytes: number): number {
  const usable = usableShare * (freeBytes - reservedBytes);
  return Math.max(1, Math.floor(usable / bytesPerLane(program)));
}
