// One count, in a file of its own because it is one command of the page.
import { numberIn, readSummary, type SummaryRow } from "./summary-rows.js";

/** Prints how many runs of a sweep reach .99, and how many of them by step 3,000. */
export function printConvergence(folder: string): void {
  console.log(countConverged(readSummary(folder)));
}

/** Counts the runs that reach .99 at any step and by step 3,000. */
export function countConverged(rows: readonly SummaryRow[]): string {
  const steps = rows.map((row) => numberIn(row, "first_step_at_0.99")).filter(Number.isFinite);
  const early = steps.filter((step) => step <= 3000).length;
  return `${steps.length} of ${rows.length} reach .99, ${early} by step 3,000`;
}
