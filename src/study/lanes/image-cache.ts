import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/index.js";
import { drawBlock } from "../images.js";
import type { Network } from "../network/network.js";
import { type StreamName, streamSeed } from "../random.js";
import type { Run } from "../run.js";

/** The blocks of images in use. Runs of one repetition share them, as drawing takes a tenth of a lone run's time. */
export interface ImageCache {
  /**
   * Draws a block of every run's images or label noise, laid out for a network: [block length, runs, position]. The cache
   * owns the tensor.
   */
  draw(runs: readonly Run[], network: Network, block: number, stream: "training" | "noise"): Tensor;
  close(): void;
}

/** Opens a cache that holds the latest block of each stream. */
export function openImageCache(): ImageCache {
  const latest = new Map<StreamName, { readonly key: string; readonly tensor: Tensor }>();
  return {
    draw(runs, { layout, imageHalo }, block, stream) {
      const key = JSON.stringify([block, runs.map(({ seed, repetition }) => [seed, repetition])]);
      const known = latest.get(stream);
      if (known?.key === key) {
        return known.tensor;
      }
      latest.delete(stream);
      known?.tensor.dispose();
      const tensor = tf.tidy(() =>
        tf.stack(
          runs.map(({ seed, repetition }) =>
            drawBlock(layout, streamSeed(seed, repetition, stream), block, imageHalo),
          ),
          1,
        ),
      );
      latest.set(stream, { key, tensor });
      return tensor;
    },
    close() {
      tf.dispose([...latest.values()].map(({ tensor }) => tensor));
      latest.clear();
    },
  };
}
