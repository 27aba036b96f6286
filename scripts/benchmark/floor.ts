import { multiplyAdds } from "../../src/study/lanes/cost.js";
import { stepSignature } from "../../src/study/lanes/step-signature.js";
import { studyCell } from "../../src/study/run.js";
import { loadTensorFlow, scoped, tf } from "../../src/tensorflow/index.js";
import type { Setting } from "./contenders.js";

// The floor of a step: the time of its matrix products if a core did nothing else and always at its peak. No
// implementation of the same arithmetic can be faster on that core.

/** Length of the sides of the matrices whose product measures the peak: they fit into the L2 cache. */
const side = 256;

const products = 400;

/** Measures the multiply-adds a second of one core: the fastest of several products of square matrices. */
export async function measurePeak(): Promise<number> {
  await loadTensorFlow({ threads: 1 });
  return scoped(() => {
    const matrix = tf.randomUniform([side, side]);
    let fastest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < products; i++) {
      const started = performance.now();
      tf.matMul(matrix, matrix).dispose();
      fastest = Math.min(fastest, performance.now() - started);
    }
    return side ** 3 / (fastest / 1000);
  });
}

/** Returns the least seconds that a core with this peak needs for a step of the study's network. */
export function floorSeconds({ names, batchNorm }: Setting, peak: number): number {
  const cell = { ...studyCell, batchNorm };
  const run = { cell, repetition: 0, seed: 1, monitor: names, perLayer: false, columns: [] };
  return multiplyAdds(stepSignature(run)) / peak;
}
