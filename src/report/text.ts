import { axesOf, type Keys, varying } from "../analysis/axes.js";
import type { CellSummary } from "../analysis/cell-summary.js";
import type { Claim } from "../analysis/findings/claim.js";
import { accuracyText } from "../analysis/findings/final-accuracy.js";
import type { Finding } from "../analysis/findings/findings.js";
import { digits, estimateText } from "../analysis/labels/numbers.js";
import { keysWords, keyWords, tickWords } from "../analysis/labels/parameters.js";
import type { PairedDifference } from "../analysis/paired-differences.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { mean, median } from "../analysis/stats/estimates.js";
import type { Peak } from "../analysis/stats/peak.js";
import type { ReportData } from "./data.js";
import { gridText } from "./text-table.js";

/** The report as text for a terminal; `axes` names those whose differences are told cell by cell. */
export function reportText(data: ReportData, axes: readonly string[]): string {
  const parts = [
    [data.name, ...headText(data)],
    cellsText(data),
    findingsText(data.findings),
    overallText(data),
    ...axes.map((axis) => comparisonText(data, axis)),
  ];
  return `${parts
    .filter((part) => part.length > 0)
    .map((part) => part.join("\n"))
    .join("\n\n")}\n`;
}

/** What a reader must know before the numbers. */
export function headText({ runs, planned, departures, judged }: ReportData): readonly string[] {
  const count = planned === null ? `${runs.length} runs` : `${runs.length} of ${planned} runs`;
  const fixed = axesOf(runs).filter(({ values }) => values.length === 1);
  const common = keysWords(
    runs[0]?.keys ?? new Map(),
    fixed.map(({ key }) => key),
  );
  return [
    `${count}${common === "" ? "" : `, all of them with ${common}`}`,
    ...(departures.length === 0 ? [] : [`not as in the study: ${departures.join(", ")}`]),
    ...(judged === runs.length
      ? []
      : [`The findings are judged on the ${judged} runs with the study's value in every further axis`]),
  ];
}

function cellsText(data: ReportData): readonly string[] {
  const keys = tellingKeys(data.runs);
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
    keysWords(cell.keys, keys),
    String(cell.runs.length),
    accuraciesText(cell.accuracies),
    originalText(cell),
    convergedText(cell),
    peakText(cell.own?.peakNorm),
    digits(cell.own?.finalLoss ?? Number.NaN),
  ]);
  return gridText(header, rows);
}

/** The keys that tell one cell of the sweep from another; all of them where there is one cell only. */
export function tellingKeys(runs: readonly RunSummary[]): readonly string[] {
  const axes = axesOf(runs);
  const telling = varying(axes);
  return (telling.length === 0 ? axes : telling).map(({ key }) => key);
}

/** Mean and range of some accuracies. */
export function accuraciesText(values: readonly number[]): string {
  if (values.length === 0) {
    return "-";
  }
  const range = `${Math.min(...values).toFixed(4)}-${Math.max(...values).toFixed(4)}`;
  return values.length === 1 ? mean(values).toFixed(4) : `${mean(values).toFixed(4)} (${range})`;
}

/** The original's accuracies of the cell, lowest to highest. */
export function originalText({ original }: CellSummary): string {
  const outcomes = original
    .map(({ finalAccuracy }) => ({ accuracy: finalAccuracy ?? 0.9, below: finalAccuracy === null }))
    .toSorted((a, b) => (a.below ? 0 : a.accuracy) - (b.below ? 0 : b.accuracy));
  const texts = [outcomes[0], outcomes.at(-1)].flatMap((outcome) => (outcome ? [accuracyText(outcome)] : []));
  return texts.length === 0 ? "-" : [...new Set(texts)].join("-");
}

/** The median first step at .99, and how many runs got there if not all did. */
export function convergedText({ convergedSteps, runs }: CellSummary): string {
  const all = convergedSteps.length === runs.length;
  const count = all ? "" : ` (${convergedSteps.length} of ${runs.length})`;
  return convergedSteps.length === 0 ? "never" : `${median(convergedSteps)}${count}`;
}

/** A peak with its step. */
export function peakText(peak: Peak | null | undefined): string {
  return peak ? `${digits(peak.value)} (${peak.step})` : "-";
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

/** What the tables of differences show. */
export const differencesHelp =
  "Paired differences, averaged over the cells, with 95 % intervals over runs, each for itself; gradient norms as ratios of their means over the steps";

function overallText({ overall }: ReportData): readonly string[] {
  if (overall.length === 0) {
    return [];
  }
  const rows = overall.map((comparison) => [
    keyWords(comparison.axis.key),
    `${tickWords(comparison.axis.key, comparison.value)} against ${tickWords(comparison.axis.key, comparison.base)}`,
    comparison.accuracy === null ? "-" : estimateText(comparison.accuracy, 4, true),
    ...[...comparison.norms].map(([, ratio]) => ratioText(ratio)),
  ]);
  const losses = [...new Set(overall.flatMap(({ norms }) => [...norms.keys()]))];
  return [differencesHelp, ...gridText(differenceHeader(["axis", "change"], losses), rows)];
}

function comparisonText({ comparisons, runs }: ReportData, axis: string): readonly string[] {
  const own = comparisons.filter((comparison) => comparison.axis.key === axis);
  const losses = [...new Set(own.flatMap(({ norms }) => [...norms.keys()]))];
  const keys = tellingKeys(runs);
  const rows = own.map((comparison) => [
    comparedCell(comparison.keys, keys),
    ...changeTexts(comparison, losses),
  ]);
  const base = own[0] === undefined ? "" : tickWords(axis, own[0].base);
  return [
    `Paired differences by ${keyWords(axis)}, each value against ${base}`,
    ...gridText(differenceHeader(["cell", keyWords(axis)], losses), rows),
  ];
}

function changeTexts(
  { axis, value, accuracy, norms }: PairedDifference,
  losses: readonly string[],
): readonly string[] {
  return [
    tickWords(axis.key, value),
    accuracy === null ? "-" : estimateText(accuracy, 4, true),
    ...losses.map((loss) => {
      const ratio = norms.get(loss);
      return ratio === undefined ? "-" : ratioText(ratio);
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

/** A ratio with its interval. */
export function ratioText({
  mean: ratio,
  low,
  high,
}: {
  mean: number;
  low: number | null;
  high: number | null;
}): string {
  return low === null || high === null ? digits(ratio) : `${digits(ratio)} [${digits(low)}, ${digits(high)}]`;
}

/** The other keys of a comparison in words; "all" for an average. */
export function comparedCell(keys: Keys, names: readonly string[]): string {
  return keys.size === 0 ? "all" : keysWords(keys, names);
}
