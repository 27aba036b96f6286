import { setImmediate } from "node:timers/promises";
import { formatRows } from "../../results/csv-rows.js";
import type { Run } from "../../study/run.js";
import type { Trainer } from "../../study/training.js";
import type { FromWorker } from "../workers/protocol.js";

/** The worker's end of a single run: its rows go to the program that has asked for them. */
export interface RowStream {
  /** Trains the run, and sends a piece of its rows for each that is asked for. */
  train(run: Run, trainer: Trainer): Promise<void>;
  /** One more piece is wanted. */
  more(): void;
}

/** Opens a stream that sends by `report`. */
export function openRowStream(report: (message: FromWorker) => void): RowStream {
  let wanted = 0;
  let wake: () => void = () => {};
  const untilWanted = async (): Promise<void> => {
    // Also when no waiting is needed messages must come through: TensorFlow's calls are synchronous.
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
    async train(run, trainer) {
      const progress = trainer.train([run]);
      try {
        for (;;) {
          await untilWanted();
          const [chunk] = progress.next() ?? [];
          if (chunk === undefined) {
            report({ type: "rowsEnd" });
            return;
          }
          const { firstStep, steps, values, accuracy } = chunk;
          const accuracies = new Map(accuracy === undefined ? [] : [[firstStep + steps - 1, accuracy]]);
          report({ type: "rows", rows: formatRows(run, firstStep, values, accuracies), steps });
        }
      } finally {
        progress.close();
      }
    },
  };
}
