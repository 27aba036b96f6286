import type { RunTable } from "../../src/analysis/input/run-table.js";
import { readAdamRuns } from "./run-tables.js";

const losses = ["cce", "dice"];

/** Fewer steps than this in a bin are not compared. */
const leastSteps = 1000;

/** Prints the ratio of conv1's norm at 5 % to that at 95 % foreground, at equal values of the trained loss. */
export function printEqualLoss(folder: string): void {
  console.log(ratiosAtEqualLoss(readAdamRuns(folder)).join("\n"));
}

/** Returns the ratios of mean norms over all steps of which the loss is between two powers of 1/2, input raw. */
export function ratiosAtEqualLoss(tables: Iterable<RunTable>, least = leastSteps): readonly string[] {
  const bins = new Map<string, { steps: number; norm: number }>();
  for (const table of tables) {
    const { threshold, input, trained_loss: loss } = Object.fromEntries(table.keys);
    const values = table.values.get(`${loss}_loss`);
    const norms = table.values.get(`${loss}_grad_norm_conv1`);
    if (input !== "raw" || values === undefined || norms === undefined) {
      continue;
    }
    for (const [i, value] of values.entries()) {
      // Truncated, so that bin 0 has the losses above 1 too.
      const name = `${loss} ${Number(threshold)} ${Math.trunc(-Math.log2(value))}`;
      const bin = bins.get(name) ?? { steps: 0, norm: 0 };
      bins.set(name, { steps: bin.steps + 1, norm: bin.norm + (norms[i] ?? Number.NaN) });
    }
  }
  return losses.flatMap((loss) =>
    Array.from({ length: 8 }, (_, power) => power).flatMap((power) => {
      const many = bins.get(`${loss} 0.05 ${power}`);
      const few = bins.get(`${loss} 0.95 ${power}`);
      if (many === undefined || few === undefined || many.steps <= least || few.steps <= least) {
        return [];
      }
      const ratio = few.norm / few.steps / (many.norm / many.steps);
      return [`${loss} ${2 ** -(power + 1)} to ${2 ** -power}: ${ratio.toFixed(2)}`];
    }),
  );
}
