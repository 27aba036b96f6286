import { type Keys, studyValue } from "../axes.js";
import type { RunSummary } from "../run-summary.js";
import { findOriginalRuns, originalCells } from "./original-accuracy.js";

/** The original's monitored and trained losses. */
export const originalLosses: readonly string[] = ["cce", "dicefg", "dice"];

/** How one run ended, ours or the original's. */
export interface FinalAccuracy {
  readonly keys: Keys;
  readonly run: number;
  /** Final accuracy; where `below`, it is less than this. */
  readonly accuracy: number;
  readonly below: boolean;
  /** Whether any of its measurements was at .99 or above. */
  readonly reached: boolean;
}

/** Our runs that have the study's value in everything but what the study varies. */
export function studyRuns(runs: readonly RunSummary[]): readonly RunSummary[] {
  const varied = ["optimizer", "batch_norm", "threshold", "trained_loss"];
  return runs.filter((run) =>
    [...run.keys].every(
      ([key, value]) =>
        varied.includes(key) || Number(value) === Number(studyValue(key)) || value === studyValue(key),
    ),
  );
}

/** How our runs ended; those whose accuracy was never measured are left out. */
export function ourFinalAccuracies(runs: readonly RunSummary[]): readonly FinalAccuracy[] {
  return runs.flatMap(({ keys, run, finalAccuracy, convergedStep }) =>
    finalAccuracy === null
      ? []
      : [{ keys, run, accuracy: finalAccuracy, below: false, reached: convergedStep !== null }],
  );
}

/** How the original's runs ended. */
export function originalFinalAccuracies(): readonly FinalAccuracy[] {
  return originalCells().flatMap((keys) =>
    findOriginalRuns(keys).map(({ run, finalAccuracy, convergedStep }) => ({
      keys,
      run,
      accuracy: finalAccuracy ?? 0.9,
      below: finalAccuracy === null,
      reached: convergedStep !== null,
    })),
  );
}

/** Accuracy as text: four decimals, or "<0.9". */
export function formatAccuracy({ accuracy, below }: Pick<FinalAccuracy, "accuracy" | "below">): string {
  return below ? `<${accuracy}` : accuracy.toFixed(4);
}
