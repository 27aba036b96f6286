import { setImmediate } from "node:timers/promises";
import { formatChunk } from "../../results/csv-rows.js";
import type { Run } from "../../study/run.js";
import type { Trainer } from "../../study/training.js";
import type { FromWorker } from "../workers/protocol.js";

/** The worker's side of a single run: it sends as many chunks of rows as its parent asks for. */
export interface RowStream {
  /**
   * Trains the run and sends one chunk of rows for each call of `more`; resolves after the last. Writes the run's weights to
   * the file `weights` if it is given. Throws SeglossError on disk errors.
   */
  train(run: Run, trainer: Trainer, weights?: string): Promise<void>;
  /** Asks for one more chunk. */
  more(): void;
}

/** Opens a stream that sends by `report`. */
export function openRowStream(report: (message: FromWorker) => void): RowStream {
  let wanted = 0;
  let wake: () => void = () => {};
  const untilWanted = async (): Promise<void> => {
    // TensorFlow's calls are synchronous: let messages in, even if a chunk is already wanted.
    await setImmediate();
    while (wanted === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    wanted -= 1;
  };
  return {
    more() {
      wanted += 1;
      wake();
    },
    async train(run, trainer, weights) {
      const session = trainer.train([run]);
      try {
        for (;;) {
          await untilWanted();
          const [chunk] = session.next() ?? [];
          if (chunk === undefined) {
            if (weights !== undefined) {
              // Loaded here: few runs write weights, and none should wait for its archive library.
              const { writeWeights } = await import("../../results/weights-file.js");
              writeWeights(weights, session.weights(0));
            }
            report({ type: "rowsEnd" });
            return;
          }
          report({ type: "rows", rows: formatChunk(run, chunk), steps: chunk.steps });
        }
      } finally {
        session.close();
      }
    },
  };
}
