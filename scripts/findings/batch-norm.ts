import { mean } from "../../src/analysis/stats/estimates.js";
import { groupRows, isStuckCell, numberIn, readSummary, type SummaryRow } from "./summary-rows.js";

/** Prints in how many pairs of runs batch norm is better than none, by the moments with which it is evaluated. */
export function printBatchNormGain(original: string, evaluation: string): void {
  console.log(compareMoments(readSummary(original), readSummary(evaluation)).join("\n"));
}

/**
 * Compares Adam's final accuracies with batch norm (`evaluation`) with those without (`original`), runs 0 to 2 paired by
 * cell and number, without dicefg at 95 % foreground.
 */
export function compareMoments(
  original: readonly SummaryRow[],
  evaluation: readonly SummaryRow[],
): readonly string[] {
  const isCompared = (row: SummaryRow) =>
    row.optimizer === "adam" && numberIn(row, "run") <= 2 && !isStuckCell(row);
  const name = (row: SummaryRow) => `${row.threshold} ${row.trained_loss} ${row.run}`;
  const without = new Map(
    original
      .filter((row) => isCompared(row) && row.batch_norm === "false")
      .map((row) => [name(row), numberIn(row, "final_accuracy")]),
  );
  const groups = groupRows(evaluation.filter(isCompared), (row) => row.evaluate_with ?? "");
  return [...groups].map(([moments, rows]) => {
    const gains = rows.map((row) => numberIn(row, "final_accuracy") - (without.get(name(row)) ?? Number.NaN));
    const better = gains.filter((gain) => gain > 0).length;
    return `${moments}: better in ${better} of ${gains.length}, mean ${mean(gains).toFixed(4)}`;
  });
}
