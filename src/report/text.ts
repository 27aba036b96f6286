import { axesOf, type Keys, varyingAxes } from "../analysis/axes.js";
import type { CellSummary } from "../analysis/cell-summary.js";
import type { Claim } from "../analysis/findings/claim.js";
import { formatAccuracy } from "../analysis/findings/final-accuracy.js";
import type { Finding } from "../analysis/findings/findings.js";
import { describeLeftOut } from "../analysis/input/left-out.js";
import { formatEstimate, formatNumber, keyLabel, keysLabel, tickLabel } from "../analysis/labels.js";
import type { PairedDifference } from "../analysis/paired-differences.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { type Estimate, mean, median } from "../analysis/stats/estimates.js";
import type { Peak } from "../analysis/stats/peak.js";
import { pluralize } from "../terminal/messages.js";
import type { ReportData } from "./data.js";
import { formatTable } from "./text-table.js";

/** Returns the report as text for a terminal, with the differences along `axes` cell by cell. */
export function formatReportText(data: ReportData, axes: readonly string[]): string {
  const parts = [
    [data.name, ...formatHead(data)],
    cellsText(data),
    data.judged > 0 ? findingsText(data.findings) : [],
    overallText(data),
    ...axes.map((axis) => comparisonText(data, axis)),
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n")}\n`;
}

/** Returns the lines that a reader needs before the numbers. */
export function formatHead({ runs, planned, leftOut, warnings, ...data }: ReportData): readonly string[] {
  const count =
    planned === undefined ? pluralize(runs.length, "run") : `${runs.length} of ${pluralize(planned, "run")}`;
  const fixed = axesOf(runs).filter(({ values }) => values.length === 1);
  const common = keysLabel(
    runs[0]?.keys ?? new Map(),
    fixed.map(({ key }) => key),
  );
  return [
    `${count}${common === "" ? "" : `, all of them with ${common}`}`,
    ...describeLeftOut(leftOut),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...comparabilityLine(runs.length, data),
  ];
}

/** Returns a line if the findings are judged by part of the runs or not at all. */
function comparabilityLine(
  runs: number,
  { judged, obstacles }: Pick<ReportData, "judged" | "obstacles">,
): readonly string[] {
  if (judged === 0) {
    return [`The study's six findings are not testable here: ${obstacles.join("; ")}`];
  }
  return judged === runs
    ? []
    : [
        `The findings are judged by ${pluralize(judged, "run")} with the study's value in every other parameter`,
      ];
}

function cellsText(data: ReportData): readonly string[] {
  const keys = distinguishingKeys(data.runs);
  const header = [
    { title: "cell" },
    { title: "runs", right: true },
    { title: "final accuracy", right: true },
    { title: "original", right: true },
    { title: "step at .99", right: true },
    { title: "peak norm (step)", right: true },
    { title: "final loss", right: true },
  ];
  const rows = data.cells.map((cell) => [
    keysLabel(cell.keys, keys),
    String(cell.runs.length),
    formatAccuracies(cell.accuracies),
    formatOriginal(cell),
    formatConverged(cell),
    formatPeak(cell.trainedLoss?.peakNorm),
    formatNumber(cell.trainedLoss?.finalLoss ?? Number.NaN),
  ]);
  return formatTable(header, rows);
}

/** Returns the keys by which the cells differ, or all keys if there is only one cell. */
export function distinguishingKeys(runs: readonly RunSummary[]): readonly string[] {
  const axes = axesOf(runs);
  const differing = varyingAxes(axes);
  return (differing.length === 0 ? axes : differing).map(({ key }) => key);
}

/** Returns the mean and range of some accuracies. */
export function formatAccuracies(values: readonly number[]): string {
  if (values.length === 0) {
    return "-";
  }
  const range = `${Math.min(...values).toFixed(4)}-${Math.max(...values).toFixed(4)}`;
  return values.length === 1 ? mean(values).toFixed(4) : `${mean(values).toFixed(4)} (${range})`;
}

/** Returns the original's accuracies of the cell, lowest to highest. */
export function formatOriginal({ original }: CellSummary): string {
  const outcomes = original
    .map(({ finalAccuracy }) => ({ accuracy: finalAccuracy ?? 0.9, below: finalAccuracy === undefined }))
    .toSorted((a, b) => (a.below ? 0 : a.accuracy) - (b.below ? 0 : b.accuracy));
  const texts = [outcomes[0], outcomes.at(-1)].flatMap((outcome) =>
    outcome ? [formatAccuracy(outcome)] : [],
  );
  return texts.length === 0 ? "-" : [...new Set(texts)].join("-");
}

/** Returns the median first step at .99, with the number of runs that reached it if not all did. */
export function formatConverged({ convergedSteps, runs }: CellSummary): string {
  const all = convergedSteps.length === runs.length;
  const count = all ? "" : ` (${convergedSteps.length} of ${runs.length})`;
  return convergedSteps.length === 0 ? "never" : `${median(convergedSteps)}${count}`;
}

/** Returns a peak with its step. */
export function formatPeak(peak: Peak | undefined): string {
  return peak ? `${formatNumber(peak.value)} (${peak.step})` : "-";
}

function findingsText(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap((finding, i) => [
    ...(i === 0 ? [] : [""]),
    `Finding ${finding.number}: ${finding.verdict.toUpperCase()}. ${finding.text}`,
    ...(finding.verdict === "not in this sweep" ? [] : finding.claims.flatMap(claimText)),
  ]);
}

function claimText(claim: Claim): readonly string[] {
  return [
    `  ${claim.verdict}: ${claim.text}`,
    `    rule:     ${claim.rule}`,
    ...(claim.numbers === "" ? [] : [`    here:     ${claim.numbers}`]),
    `    original: ${claim.original}`,
  ];
}

/** Explains the tables of differences. */
export const differencesHelp =
  "Paired differences, averaged over the cells, with 95 % intervals over runs, not corrected for their number; gradient norms as ratios of their means over the steps";

function overallText({ overall }: ReportData): readonly string[] {
  if (overall.length === 0) {
    return [];
  }
  const rows = overall.map((comparison) => [
    keyLabel(comparison.axis.key),
    `${tickLabel(comparison.axis.key, comparison.value)} against ${tickLabel(comparison.axis.key, comparison.base)}`,
    comparison.accuracy === undefined ? "-" : formatEstimate(comparison.accuracy, 4, true),
    ...[...comparison.norms].map(([, ratio]) => formatRatio(ratio)),
  ]);
  const losses = [...new Set(overall.flatMap(({ norms }) => [...norms.keys()]))];
  return [differencesHelp, ...formatTable(differenceHeader(["axis", "change"], losses), rows)];
}

function comparisonText({ byCell: comparisons, runs }: ReportData, axis: string): readonly string[] {
  const own = comparisons.filter((comparison) => comparison.axis.key === axis);
  const losses = [...new Set(own.flatMap(({ norms }) => [...norms.keys()]))];
  const keys = distinguishingKeys(runs);
  const rows = own.map((comparison) => [
    formatComparedCell(comparison.keys, keys),
    ...changeTexts(comparison, losses),
  ]);
  const base = own[0] === undefined ? "" : tickLabel(axis, own[0].base);
  return [
    `Paired differences by ${keyLabel(axis)}, each value against ${base}`,
    ...formatTable(differenceHeader(["cell", keyLabel(axis)], losses), rows),
  ];
}

function changeTexts(
  { axis, value, accuracy, norms }: PairedDifference,
  losses: readonly string[],
): readonly string[] {
  return [
    tickLabel(axis.key, value),
    accuracy === undefined ? "-" : formatEstimate(accuracy, 4, true),
    ...losses.map((loss) => {
      const ratio = norms.get(loss);
      return ratio === undefined ? "-" : formatRatio(ratio);
    }),
  ];
}

function differenceHeader(first: readonly string[], losses: readonly string[]) {
  return [
    ...first.map((title) => ({ title })),
    { title: "final accuracy", right: true },
    ...losses.map((loss) => ({ title: `${loss} norm, ratio`, right: true })),
  ];
}

/** Returns a ratio with its interval. */
export function formatRatio({ mean: ratio, low, high }: Pick<Estimate, "mean" | "low" | "high">): string {
  return low === undefined || high === undefined
    ? formatNumber(ratio)
    : `${formatNumber(ratio)} [${formatNumber(low)}, ${formatNumber(high)}]`;
}

/** Returns the other keys of a paired difference in words, "all" for an average. */
export function formatComparedCell(keys: Keys, names: readonly string[]): string {
  return keys.size === 0 ? "all" : keysLabel(keys, names);
}
