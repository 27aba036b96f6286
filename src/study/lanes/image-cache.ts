import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { tf } from "../../tensorflow/backend.js";
import { drawBlock } from "../images.js";
import type { Network } from "../network/network.js";
import { streamSeed } from "../random.js";
import type { Run } from "../run.js";

/** Blocks of images in use. Runs of one number share them: drawing costs a tenth of a lone run's time. */
export interface ImageCache {
  /** Block `block` of every run's images or noise, laid out for a network: [block length, runs, position]. It stays the blocks' own. */
  of(runs: readonly Run[], network: Network, block: number, purpose: "training" | "noise"): Tensor;
  close(): void;
}

/** Keeps the block of each purpose that was asked for last. */
export function openImageCache(): ImageCache {
  const kept = new Map<string, { readonly key: string; readonly tensor: Tensor }>();
  return {
    of(runs, { layout, imageHalo }, block, purpose) {
      const key = JSON.stringify([purpose, block, runs.map(({ seed, repetition: run }) => [seed, run])]);
      const known = kept.get(purpose);
      if (known?.key === key) {
        return known.tensor;
      }
      known?.tensor.dispose();
      const tensor = tf.tidy(() =>
        tf.stack(
          runs.map((run) =>
            drawBlock(layout, streamSeed(run.seed, run.repetition, purpose), block, imageHalo),
          ),
          1,
        ),
      );
      kept.set(purpose, { key, tensor });
      return tensor;
    },
    close() {
      tf.dispose([...kept.values()].map(({ tensor }) => tensor));
      kept.clear();
    },
  };
}
