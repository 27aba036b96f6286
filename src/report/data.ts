import { axesOf, varying } from "../analysis/axes.js";
import { type CellSummary, summarizeCells } from "../analysis/cell-summary.js";
import { studyRuns } from "../analysis/findings/final-accuracy.js";
import { type Finding, findingsOf } from "../analysis/findings/findings.js";
import type { StoredGrid } from "../analysis/input/study-grid.js";
import {
  type PairedDifference,
  pairedDifferencesByCell,
  pairedDifferencesOverall,
} from "../analysis/paired-differences.js";
import type { RunSummary } from "../analysis/run-summary.js";

/** All that a report tells, in whatever form. */
export interface ReportData {
  /** The folder or file, as it was given. */
  readonly name: string;
  readonly runs: readonly RunSummary[];
  /** Runs of the whole sweep; null where that is not known. */
  readonly planned: number | null;
  readonly departures: readonly string[];
  /** Runs on which the findings are judged: those with the study's value in every further axis. */
  readonly judged: number;
  readonly cells: readonly CellSummary[];
  readonly findings: readonly Finding[];
  /** Paired differences along every axis that varies, averaged over the cells. */
  readonly overall: readonly PairedDifference[];
  /** The same cell by cell. */
  readonly comparisons: readonly PairedDifference[];
}

/** Computes a report's numbers. */
export function reportOf(name: string, runs: readonly RunSummary[], plan: StoredGrid | null): ReportData {
  const axes = varying(axesOf(runs));
  return {
    name,
    runs,
    planned: plan?.runs ?? null,
    departures: plan?.departures ?? [],
    judged: studyRuns(runs).length,
    cells: summarizeCells(runs),
    findings: findingsOf(runs),
    overall: axes.flatMap((axis) => pairedDifferencesOverall(runs, axis)),
    comparisons: axes.flatMap((axis) => pairedDifferencesByCell(runs, axis)),
  };
}
