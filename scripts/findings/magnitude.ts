import type { RunTable } from "../../src/analysis/input/run-table.js";
import { type Estimate, estimateMean, pairedDifferences } from "../../src/analysis/stats/estimates.js";
import { logAxis } from "../../src/figures/layout/axes.js";
import { axisSeries } from "../../src/figures/layout/series.js";
import { parseOutput, writeFigure } from "../../src/figures/output.js";
import { drawIntervals } from "./interval-chart.js";
import type { StepRange } from "./layers.js";
import { readAdamRuns } from "./run-tables.js";
import {
  compareSettings,
  formatLogRatio,
  type MagnitudeSetting,
  settingOf,
  settingText,
} from "./settings.js";

/** The ratio of conv1's norm at 5 % to that at 95 % foreground in one setting, as a logarithm. */
export interface SettingRatio {
  readonly loss: string;
  readonly setting: MagnitudeSetting;
  readonly ratio: Estimate;
}

/** Prints how the ratio of conv1's norms depends on the input, the first kinks and frozen layers. */
export function printMagnitude(folder: string, range: StepRange): void {
  const ratios = settingRatios(readAdamRuns(folder), range);
  const lines = ratios.map(
    ({ loss, setting, ratio }) => `${loss}, ${settingText(setting)}: ${formatLogRatio(ratio)}`,
  );
  console.log(lines.join("\n"));
}

/** Returns the ratios of conv1's mean norms of the trained loss over some steps, runs paired by number. */
export function settingRatios(tables: Iterable<RunTable>, { from, to }: StepRange): readonly SettingRatio[] {
  const groups = new Map<string, Omit<SettingRatio, "ratio"> & Record<"many" | "few", Map<string, number>>>();
  for (const { keys, steps, values } of tables) {
    const loss = keys.get("trained_loss") ?? "";
    const norms = values.get(`${loss}_grad_norm_conv1`);
    if (norms === undefined) {
      continue;
    }
    const setting = settingOf(keys);
    const name = `${loss} ${settingText(setting)}`;
    const group = groups.get(name) ?? { loss, setting, many: new Map(), few: new Map() };
    groups.set(name, group);
    const sum = norms.reduce((total, norm, i) => {
      const step = steps[i] ?? Number.NaN;
      return step >= from && step <= to ? total + norm : total;
    }, 0);
    group[Number(keys.get("threshold")) < 0.5 ? "many" : "few"].set(keys.get("run") ?? "", Math.log(sum));
  }
  return [...groups.values()]
    .flatMap(({ loss, setting, many, few }) => {
      const ratio = estimateMean([...pairedDifferences(many, few).values()]);
      return ratio === undefined ? [] : [{ loss, setting, ratio }];
    })
    .toSorted((a, b) => (a.loss < b.loss ? -1 : a.loss > b.loss ? 1 : compareSettings(a.setting, b.setting)));
}

/** Writes the figure of the ratios: a line for every setting, a column for every trained loss. */
export async function drawMagnitude(folder: string, file: string, range: StepRange): Promise<void> {
  const estimates = settingRatios(readAdamRuns(folder), range).map(({ loss, setting, ratio }) => ({
    ...{ row: "", column: loss, line: settingText(setting), series: "" },
    mean: Math.exp(ratio.mean),
    low: Math.exp(ratio.low ?? ratio.mean),
    high: Math.exp(ratio.high ?? ratio.mean),
  }));
  // A frozen head leaves some runs without any learning, and ratios of any size.
  const axis = logAxis("conv1's gradient norm, 5 % against 95 % foreground", [0.2, 5]);
  const shown = estimates.map((estimate) => ({
    ...estimate,
    low: Math.max(estimate.low, 0.2),
    high: Math.min(estimate.high, 5),
  }));
  const chart = drawIntervals(shown, {
    title: `Norm of conv1's gradient, 5 % against 95 % foreground, steps ${range.from} to ${range.to}`,
    description:
      "The ratio follows the shift of the input and the frozen layers, not the place of the first kinks. Intervals are cut at 0.2 and 5.",
    columns: { key: "trained_loss", values: ["cce", "dice"], numeric: false },
    series: axisSeries(undefined),
    xAxis: axis,
    references: [1],
    dot: "geometric mean of paired runs",
  });
  await writeFigure(parseOutput(file, undefined), "magnitude", chart);
}
