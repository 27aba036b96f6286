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

/** The content of a report in any form. */
export interface ReportData {
  /** The folder or file as it was given. */
  readonly name: string;
  readonly runs: readonly RunSummary[];
  /** Number of runs of the whole sweep, if it is known. */
  readonly planned: number | undefined;
  readonly departures: readonly string[];
  /** Number of runs by which the findings are judged: those with the study's value in every further axis. */
  readonly judged: number;
  readonly cells: readonly CellSummary[];
  readonly findings: readonly Finding[];
  /** Paired differences along every axis that varies, averaged over the cells. */
  readonly overall: readonly PairedDifference[];
  /** The same cell by cell. */
  readonly byCell: readonly PairedDifference[];
}

/** Computes the content of a report. */
export function computeReport(
  name: string,
  runs: readonly RunSummary[],
  grid: StoredGrid | undefined,
): ReportData {
  const axes = varyingAxes(axesOf(runs));
  return {
    name,
    runs,
    planned: grid?.runs,
    departures: grid?.departures ?? [],
    judged: studyRuns(runs).length,
    cells: summarizeCells(runs),
    findings: judgeFindings(runs),
    overall: axes.flatMap((axis) => pairedDifferencesOverall(runs, axis)),
    byCell: axes.flatMap((axis) => pairedDifferencesByCell(runs, axis)),
  };
}
