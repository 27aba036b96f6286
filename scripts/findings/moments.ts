import { groupRows, numberIn, readSummary, type SummaryRow } from "./summary-rows.js";

/** Prints how many runs end at .997 or above and below .99, by batch norm's moments and by run number. */
export function printMoments(folder: string): void {
  console.log(countByMoments(readSummary(folder)).join("\n"));
}

/** Counts the final accuracies by `evaluate_with`, runs 0 to 2 (as many as the original's) and later ones apart. */
export function countByMoments(rows: readonly SummaryRow[]): readonly string[] {
  const groups = groupRows(
    rows,
    (row) => `${row.evaluate_with}, ${numberIn(row, "run") < 3 ? "runs 0-2" : "runs 3-9"}`,
  );
  return [...groups].map(([group, runs]) => {
    const accuracies = runs.map((row) => numberIn(row, "final_accuracy"));
    const high = accuracies.filter((accuracy) => accuracy >= 0.997).length;
    const low = accuracies.filter((accuracy) => accuracy < 0.99).length;
    return `${group}: ${high} of ${runs.length} at least .997, ${low} below .99`;
  });
}
