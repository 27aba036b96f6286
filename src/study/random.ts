// Seeds of the random streams, apart from what draws from them (images.ts, network/initial-weights.ts):
// records name them too.

import { createHash } from "node:crypto";

/** The random streams of a run: initial weights, training images, validation images, noise on labels. */
export type StreamName = "weights" | "training" | "validation" | "noise";

/** The seed of a stream: two int32, as TensorFlow's stateless generator takes them. */
export type StreamSeed = readonly [number, number];

/**
 * Returns the seed of a stream of one repetition. It depends on nothing but the sweep's seed, the repetition
 * and the stream, so that neither order nor lanes nor device change what is drawn, and all cells of a
 * repetition draw the same numbers (common random numbers).
 */
export function streamSeed(seed: number, repetition: number, stream: StreamName): StreamSeed {
  const digest = createHash("sha256").update(`segloss ${stream} ${seed} ${repetition}`).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
}

/** Folds a number into a seed: returns the seed of part `index` of a stream. */
export function foldIn([first, second]: StreamSeed, index: number): StreamSeed {
  return [first, (second + index) | 0];
}
