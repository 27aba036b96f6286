import type { Keys } from "../axes.js";
import type { RunSummary } from "../run-summary.js";
import { findOriginalRuns, originalCells } from "./original-accuracy.js";

/** The losses that the original trained and monitored. */
export const originalLosses: readonly string[] = ["cce", "dicefg", "dice"];

/** The end of one run, ours or the original's. */
export interface FinalAccuracy {
  readonly keys: Keys;
  readonly run: number;
  /** Final accuracy; if `below`, an upper bound of it. */
  readonly accuracy: number;
  readonly below: boolean;
  /** True if any measured accuracy of the run was that of convergence. */
  readonly reached: boolean;
}

/** Returns the final accuracies of our runs, without runs whose accuracy was never measured. */
export function ourFinalAccuracies(runs: readonly RunSummary[]): readonly FinalAccuracy[] {
  return runs.flatMap(({ keys, run, finalAccuracy, convergedStep }) =>
    finalAccuracy === undefined
      ? []
      : [{ keys, run, accuracy: finalAccuracy, below: false, reached: convergedStep !== undefined }],
  );
}

/** Returns the final accuracies of the original's runs. */
export function originalFinalAccuracies(): readonly FinalAccuracy[] {
  return originalCells().flatMap((keys) =>
    findOriginalRuns(keys).map(({ run, finalAccuracy, convergedStep }) => ({
      keys,
      run,
      accuracy: finalAccuracy ?? 0.9,
      below: finalAccuracy === undefined,
      reached: convergedStep !== undefined,
    })),
  );
}

/** Returns an accuracy with four decimals, or "<0.9". */
export function formatAccuracy({ accuracy, below }: Pick<FinalAccuracy, "accuracy" | "below">): string {
  return below ? `<${accuracy}` : accuracy.toFixed(4);
}
