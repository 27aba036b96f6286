import { setImmediate } from "node:timers/promises";
import { openOutput } from "../results/output.js";
import { formatRows } from "../results/rows.js";
import type { RunOne, Signal } from "./contract.js";
import { openEngine } from "./engine.js";
import { openDisplay } from "./progress.js";
import { onSignals } from "./signals.js";

/** Trains one run in this process and writes its CSV. Throws SeglossError if TensorFlow or the output fails. */
export const runOne: RunOne = async ({ run, output: target, ...options }) => {
  const state: { signal: Signal | undefined } = { signal: undefined };
  const release = onSignals(
    (signal) => {
      state.signal = signal;
    },
    () => {},
  );
  const engine = await openEngine({ ...options, lanes: 1 });
  const output = await openOutput(target, run);
  const display = openDisplay({ ...options, steps: run.cell.steps, runs: 1 });
  const progress = engine.trainer.train([run]);
  try {
    for (;;) {
      // TensorFlow's calls are synchronous: only here are signals and a closed pipe noticed.
      await setImmediate();
      const [chunk] = (state.signal === undefined ? progress.next() : undefined) ?? [];
      if (chunk === undefined) {
        break;
      }
      const { firstStep, steps, values, accuracy } = chunk;
      const accuracies = new Map(accuracy === undefined ? [] : [[firstStep + steps - 1, accuracy]]);
      await output.append(formatRows(run, firstStep, values, accuracies));
      display.steps(steps);
    }
    display.close();
    if (state.signal === undefined) {
      await output.finish();
    } else {
      output.abandon();
    }
    return state.signal;
  } catch (error) {
    output.abandon();
    throw error;
  } finally {
    display.close();
    progress.close();
    engine.trainer.close();
    release();
  }
};
