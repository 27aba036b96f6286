import { axesOf, varying } from "./axes.js";
import { type CellSummary, cellsOf } from "./cells.js";
import { type Comparison, compare, compareOverall } from "./comparison.js";
import type { Digest } from "./digest.js";
import { type Finding, findingsOf } from "./findings.js";
import { studyRuns } from "./outcome.js";
import type { Plan } from "./plan.js";

/** All that a report tells, in whatever form. */
export interface ReportData {
  /** The folder or file, as it was given. */
  readonly name: string;
  readonly runs: readonly Digest[];
  /** Runs of the whole sweep; null where that is not known. */
  readonly planned: number | null;
  readonly departures: readonly string[];
  /** Runs on which the findings are judged: those with the study's value in every further axis. */
  readonly judged: number;
  readonly cells: readonly CellSummary[];
  readonly findings: readonly Finding[];
  /** Paired differences along every axis that varies, averaged over the cells. */
  readonly overall: readonly Comparison[];
  /** The same cell by cell. */
  readonly comparisons: readonly Comparison[];
}

/** Computes a report's numbers. */
export function reportOf(name: string, runs: readonly Digest[], plan: Plan | null): ReportData {
  const axes = varying(axesOf(runs));
  return {
    name,
    runs,
    planned: plan?.runs ?? null,
    departures: plan?.departures ?? [],
    judged: studyRuns(runs).length,
    cells: cellsOf(runs),
    findings: findingsOf(runs),
    overall: axes.flatMap((axis) => compareOverall(runs, axis)),
    comparisons: axes.flatMap((axis) => compare(runs, axis)),
  };
}
