import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { drawBlock, drawBlockNumbers } from "../images.js";
import type { Network } from "../network/network.js";
import { streamSeed } from "../random.js";
import type { Run } from "../run.js";

/**
 * The blocks of images in use. Runs of one repetition share them, as drawing takes a tenth of a lone run's
 * time.
 */
export interface ImageCache {
  /**
   * Draws a block of every run's images or label noise, laid out for a network: [block length, runs,
   * position]. The cache owns the tensor.
   */
  draw(runs: readonly Run[], network: Network, block: number, stream: "training" | "noise"): Tensor;
  /** Draws, likewise, `count` further numbers of every mini-batch: [block length, runs, count]. */
  drawNumbers(runs: readonly Run[], network: Network, block: number, count: number): Tensor;
  close(): void;
}

/** Opens a cache that holds the latest block of each kind. */
export function openImageCache(): ImageCache {
  const latest = new Map<string, { readonly key: string; readonly tensor: Tensor }>();
  const cached = (kind: string, block: number, runs: readonly Run[], draw: (run: Run) => Tensor): Tensor => {
    const key = JSON.stringify([block, runs.map(({ seed, repetition }) => [seed, repetition])]);
    const known = latest.get(kind);
    if (known?.key === key) {
      return known.tensor;
    }
    latest.delete(kind);
    known?.tensor.dispose();
    const tensor = tf.tidy(() => tf.stack(runs.map(draw), 1));
    latest.set(kind, { key, tensor });
    return tensor;
  };
  return {
    draw: (runs, { layout, imageHalo }, block, stream) =>
      cached(stream, block, runs, ({ seed, repetition }) =>
        drawBlock(layout, streamSeed(seed, repetition, stream), block, imageHalo),
      ),
    drawNumbers: (runs, { layout }, block, count) =>
      cached("numbers", block, runs, ({ seed, repetition }) =>
        drawBlockNumbers(layout, streamSeed(seed, repetition, "training"), block, count),
      ),
    close() {
      tf.dispose([...latest.values()].map(({ tensor }) => tensor));
      latest.clear();
    },
  };
}
