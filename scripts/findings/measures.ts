import type { RunSummary } from "../../src/analysis/run-summary.js";
import { type Estimate, estimateMean, pairedDifferences } from "../../src/analysis/stats/estimates.js";
import { axisSeries } from "../../src/figures/layout/series.js";
import { parseOutput, writeFigure } from "../../src/figures/output.js";
import { lossNames } from "../../src/study/losses.js";
import { type MeasureName, measureNames } from "../../src/study/measures.js";
import { drawIntervals } from "./interval-chart.js";
import { readSummaries, taskOf, tasksOf } from "./tasks.js";

/** What is compared: the accuracy and the measures beside it. */
const compared = ["accuracy", ...measureNames] as const;

/** 5 % foreground. */
const rareForeground = 0.95;

/** The last values of one measure over the runs of one loss, with or without batch norm, in one task. */
export interface MeasureEstimate {
  readonly task: string;
  readonly measure: (typeof compared)[number];
  readonly loss: string;
  readonly batchNorm: string;
  readonly estimate: Estimate;
  /** By run number. */
  readonly values: ReadonlyMap<string, number>;
}

/** Prints the measures at 5 % foreground by task, best loss first, each with its difference to the best. */
export async function printMeasures(folder: string): Promise<void> {
  const estimates = measureEstimates(await readSummaries(folder));
  const groups = new Map<string, MeasureEstimate[]>();
  for (const found of estimates) {
    const name = `${found.task}, ${found.measure}`;
    groups.set(name, [...(groups.get(name) ?? []), found]);
  }
  for (const [name, group] of groups) {
    console.log(name);
    const ranked = group.toSorted((a, b) => b.estimate.mean - a.estimate.mean);
    for (const { loss, batchNorm, estimate, values } of ranked) {
      const difference = estimateMean([
        ...pairedDifferences(ranked[0]?.values ?? new Map(), values).values(),
      ]);
      const setting = batchNorm === "true" ? `${loss}, batch norm` : loss;
      console.log(`  ${setting}: ${withInterval(estimate)}, against the best ${withInterval(difference)}`);
    }
  }
}

/** Writes the figure of the measures: a column for every task, a row for every measure, a line for every loss. */
export async function drawMeasures(folder: string, file: string): Promise<void> {
  const runs = await readSummaries(folder);
  const estimates = measureEstimates(runs).map(({ task, measure, loss, batchNorm, estimate }) => ({
    ...{ row: measure, column: task, line: loss, series: batchNorm },
    mean: estimate.mean,
    low: Math.max(0.25, estimate.low ?? estimate.mean),
    high: Math.min(1, estimate.high ?? estimate.mean),
  }));
  const chart = drawIntervals(estimates, {
    title: "Measures of the foreground at 5 % foreground, after the last step",
    description:
      "Means over runs of each loss, with and without batch norm, for each task and measure. Intervals are cut at 0.25 and 1.",
    columns: { key: "task", values: tasksOf(runs), numeric: false },
    series: axisSeries({ key: "batch_norm", values: ["false", "true"], numeric: false }),
    xAxis: {
      label: "value",
      scale: { domain: [0.25, 1.02] },
      ticks: [0.4, 0.6, 0.8, 1],
      tickFormat: String,
    },
    references: [],
    dot: "mean of the runs",
  });
  await writeFigure(parseOutput(file, undefined), "measures", chart);
}

/** Returns the estimates at 5 % foreground, by task, measure, loss and batch norm. */
export function measureEstimates(runs: readonly RunSummary[]): readonly MeasureEstimate[] {
  const rare = runs.filter(({ keys }) => Number(keys.get("threshold")) === rareForeground);
  return tasksOf(rare).flatMap((task) =>
    compared.flatMap((measure) =>
      lossNames.flatMap((loss) =>
        ["false", "true"].flatMap((batchNorm) => {
          const own = rare.filter(
            (run) =>
              taskOf(run) === task &&
              run.keys.get("trained_loss") === loss &&
              run.keys.get("batch_norm") === batchNorm,
          );
          const values = new Map(
            own.map((run) => [String(run.run), finalValue(run, measure) ?? Number.NaN] as const),
          );
          const estimate = estimateMean([...values.values()].filter(Number.isFinite));
          return estimate === undefined ? [] : [{ task, measure, loss, batchNorm, estimate, values }];
        }),
      ),
    ),
  );
}

function finalValue(run: RunSummary, measure: "accuracy" | MeasureName): number | undefined {
  return measure === "accuracy" ? run.finalAccuracy : run.measures.get(measure)?.values.at(-1);
}

function withInterval(estimate: Estimate | undefined): string {
  if (estimate === undefined) {
    return "-";
  }
  const { mean, low, high } = estimate;
  return low === undefined || high === undefined
    ? mean.toFixed(4)
    : `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}
