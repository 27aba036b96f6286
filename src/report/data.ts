import { axesOf, varyingAxes } from "../analysis/axes.js";
import { type CellSummary, summarizeCells } from "../analysis/cell-summary.js";
import { studyRuns } from "../analysis/findings/final-accuracy.js";
import { type Finding, judgeFindings } from "../analysis/findings/findings.js";
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
  readonly byCell: readonly PairedDifference[];
}

/** Computes a report's numbers. */
export function computeReport(
  name: string,
  runs: readonly RunSummary[],
  plan: StoredGrid | null,
): ReportData {
  const axes = varyingAxes(axesOf(runs));
  return {
    name,
    runs,
    planned: plan?.runs ?? null,
    departures: plan?.departures ?? [],
    judged: studyRuns(runs).length,
    cells: summarizeCells(runs),
    findings: judgeFindings(runs),
    overall: axes.flatMap((axis) => pairedDifferencesOverall(runs, axis)),
    byCell: axes.flatMap((axis) => pairedDifferencesByCell(runs, axis)),
  };
}
