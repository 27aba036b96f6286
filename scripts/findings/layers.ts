import type { RunTable } from "../../src/analysis/input/run-table.js";
import { estimateMean, pairedDifferences } from "../../src/analysis/stats/estimates.js";
import { readAdamRuns } from "./run-tables.js";

const losses = ["cce", "dice"];
const inputs = ["raw", "inverted", "centred"];
const layers = ["conv1", "conv2", "head"];

/** Steps, both included, over which norms are averaged. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** Prints the ratio of each layer's norm at 5 % to that at 95 % foreground, by trained loss and input. */
export function printLayers(folder: string, range: StepRange): void {
  console.log(layerRatios(readAdamRuns(folder), range).join("\n"));
}

/** Returns the ratios of mean norms over the steps with 95 % intervals, runs paired by number. */
export function layerRatios(tables: Iterable<RunTable>, range: StepRange): readonly string[] {
  const logarithms = new Map<string, Map<number, number>>();
  for (const table of tables) {
    const { threshold, input, trained_loss: loss, run } = Object.fromEntries(table.keys);
    for (const layer of layers) {
      const norms = table.values.get(`${loss}_grad_norm_${layer}`);
      if (norms === undefined) {
        continue;
      }
      const group = `${loss} ${input} ${layer} ${Number(threshold)}`;
      const runs = logarithms.get(group) ?? new Map<number, number>();
      logarithms.set(group, runs.set(Number(run), Math.log(sumOver(table.steps, norms, range))));
    }
  }
  const at = (group: string, threshold: number) => logarithms.get(`${group} ${threshold}`) ?? new Map();
  return losses
    .flatMap((loss) => inputs.flatMap((input) => layers.map((layer) => `${loss} ${input} ${layer}`)))
    .flatMap((group) => {
      const ratios = pairedDifferences(at(group, 0.05), at(group, 0.95));
      const estimate = estimateMean([...ratios.values()]);
      return estimate === undefined ? [] : [`${group} ${formatRatio(estimate)}`];
    });
}

function sumOver(steps: Float64Array, norms: Float32Array, { from, to }: StepRange): number {
  let sum = 0;
  for (const [i, step] of steps.entries()) {
    if (step >= from && step <= to) {
      sum += norms[i] ?? Number.NaN;
    }
  }
  return sum;
}

function formatRatio({ mean, low, high }: NonNullable<ReturnType<typeof estimateMean>>): string {
  const ratio = (logarithm: number) => Math.exp(logarithm).toFixed(2);
  return low === undefined || high === undefined
    ? ratio(mean)
    : `${ratio(mean)} [${ratio(low)}, ${ratio(high)}]`;
}
