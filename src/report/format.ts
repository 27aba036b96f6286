import { axesOf, varyingAxes } from "../analysis/axes.js";
import type { CellSummary } from "../analysis/cell-summary.js";
import { formatAccuracy } from "../analysis/findings/final-accuracy.js";
import { fixedPoint, formatNumber } from "../analysis/labels.js";
import type { PairedDifference } from "../analysis/paired-differences.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { type Estimate, mean, median } from "../analysis/stats/estimates.js";
import type { Peak } from "../analysis/stats/peak.js";
import type { MeasureName } from "../study/measures.js";

/** Explains the tables of differences. */
export const differencesHelp =
  "Paired differences, averaged over the cells, with 95 % intervals over runs, not corrected for their number; gradient norms as ratios of their means over the steps";

/** Returns the keys by which the cells differ, or all keys if there is only one cell. */
export function distinguishingKeys(runs: readonly RunSummary[]): readonly string[] {
  const axes = axesOf(runs);
  const differing = varyingAxes(axes);
  return (differing.length === 0 ? axes : differing).map(({ key }) => key);
}

/** Returns the mean and range of some accuracies. */
export function formatAccuracies(values: readonly number[]): string {
  const range = formatRange(values);
  return range === "-" || values.length === 1 ? range : `${mean(values).toFixed(4)} (${range})`;
}

/** Returns the lowest and the highest of some accuracies. */
export function formatRange(values: readonly number[]): string {
  if (values.length === 0) {
    return "-";
  }
  const [low, high] = [Math.min(...values).toFixed(4), Math.max(...values).toFixed(4)];
  return low === high ? low : `${low}-${high}`;
}

/** Returns the original's accuracies of the cell, lowest to highest. */
export function formatOriginal({ original }: CellSummary): string {
  const accuracies = original
    .map(({ finalAccuracy }) => ({ accuracy: finalAccuracy ?? 0.9, below: finalAccuracy === undefined }))
    .toSorted((a, b) => (a.below ? 0 : a.accuracy) - (b.below ? 0 : b.accuracy));
  const ends = [accuracies[0], accuracies.at(-1)].flatMap((end) => (end ? [formatAccuracy(end)] : []));
  return ends.length === 0 ? "-" : [...new Set(ends)].join("-");
}

/** Returns the median first step at .99, with the number of runs that reached it if not all did. */
export function formatConverged({ convergedSteps, runs }: CellSummary): string {
  const all = convergedSteps.length === runs.length;
  const count = all ? "" : ` (${convergedSteps.length} of ${runs.length})`;
  return convergedSteps.length === 0 ? "never" : `${median(convergedSteps)}${count}`;
}

/** Returns the mean of the last values of a measure. */
export function formatMeasure({ measures }: CellSummary, name: MeasureName): string {
  const values = measures.get(name);
  return values === undefined ? "-" : mean(values).toFixed(4);
}

/** Returns how many runs of a cell end converged. */
export function formatConvergedAtEnd({ convergedAtEnd, accuracies }: CellSummary): string {
  return accuracies.length === 0 ? "-" : `${convergedAtEnd} of ${accuracies.length}`;
}

/** Returns how many of the compared runs end converged, at the base value and at the other. */
export function formatConvergedChange({ base, value }: PairedDifference["converged"]): string {
  return `${base.converged}/${base.runs} -> ${value.converged}/${value.runs}`;
}

/** Returns a peak with its step. */
export function formatPeak(peak: Peak | undefined): string {
  return peak ? `${formatNumber(peak.value)} (${peak.step})` : "-";
}

/** Returns a ratio with its interval. */
export function formatRatio(ratio: Estimate | undefined): string {
  return ratio === undefined ? "-" : withInterval(ratio, formatNumber);
}

/** Returns a difference of accuracies with its sign and its interval. */
export function formatDifference(difference: Estimate | undefined): string {
  return difference === undefined
    ? "-"
    : `${difference.mean > 0 ? "+" : ""}${withInterval(difference, (value) => fixedPoint(value, 4))}`;
}

function withInterval({ mean: center, low, high }: Estimate, format: (value: number) => string): string {
  return low === undefined || high === undefined
    ? format(center)
    : `${format(center)} [${format(low)}, ${format(high)}]`;
}
