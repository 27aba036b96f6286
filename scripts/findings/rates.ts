import { groupRows, isStuckCell, numberIn, readSummary, type SummaryRow } from "./summary-rows.js";

/** Prints how many runs end at .99 and how many reach it at any step, by batch norm, momentum and learning rate. */
export function printRates(folder: string): void {
  console.log(countByRate(readSummary(folder)).join("\n"));
}

/** Counts the runs by setting, without dicefg at 95 % foreground, whose highest final accuracy is the last line. */
export function countByRate(rows: readonly SummaryRow[]): readonly string[] {
  const setting = (row: SummaryRow) =>
    `batch norm ${row.batch_norm}, momentum ${row.momentum}, learning rate ${row.learning_rate}`;
  const groups = groupRows(
    rows.filter((row) => !isStuckCell(row)),
    setting,
  );
  const counts = [...groups].map(([name, runs]) => {
    const atEnd = runs.filter((row) => numberIn(row, "final_accuracy") >= 0.99).length;
    const ever = runs.filter((row) => Number.isFinite(numberIn(row, "first_step_at_0.99"))).length;
    return `${name}: ${atEnd} (${ever}) of ${runs.length}`;
  });
  const highest = Math.max(...rows.filter(isStuckCell).map((row) => numberIn(row, "final_accuracy")));
  return [...counts, `dicefg at 95 %: at most ${highest}`];
}
