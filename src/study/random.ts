import { createHash } from "node:crypto";

/** What a stream of random numbers is for. */
export type StreamName = "weights" | "training" | "validation" | "noise";

/** The seed of a stream: two int32, as TensorFlow's stateless generator takes them. */
export type StreamSeed = readonly [number, number];

/**
 * The stream of a purpose in one repetition: a function of the sweep's seed and the run's number alone, so that neither order
 * nor company nor place changes what is drawn, and all cells of one run number draw the same.
 */
export function streamSeed(seed: number, run: number, purpose: StreamName): StreamSeed {
  const digest = createHash("sha256").update(`segloss ${purpose} ${seed} ${run}`).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
}

/** Part `index` of a stream. */
export function foldIn([first, second]: StreamSeed, index: number): StreamSeed {
  return [first, (second + index) | 0];
}
