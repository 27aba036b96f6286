import { pairedAxes } from "../analysis/axes.js";
import { type CellSummary, summarizeCells } from "../analysis/cell-summary.js";
import { obstaclesOf, studyRuns } from "../analysis/findings/comparability.js";
import { type Finding, judgeFindings } from "../analysis/findings/findings.js";
import type { LeftOutRun } from "../analysis/input/find-runs.js";
import type { RunCollection } from "../analysis/input/read-runs.js";
import {
  type PairedDifference,
  pairedDifferencesByCell,
  pairedDifferencesOverall,
} from "../analysis/paired-differences.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { sourceWarnings } from "../results/provenance.js";

/** The content of a report in any form. */
export interface ReportData {
  /** The folder or file as it was given. */
  readonly name: string;
  /** The filter of the runs as it was given; empty for all runs. */
  readonly only: readonly string[];
  readonly runs: readonly RunSummary[];
  /** Number of runs of the whole sweep, if it is known. */
  readonly planned: number | undefined;
  /** Runs that are not counted as finished. */
  readonly leftOut: readonly LeftOutRun[];
  /** Warnings that the runs were made by different source code. */
  readonly warnings: readonly string[];
  /** Number of runs that are comparable with the study, by which the findings are judged. */
  readonly judged: number;
  /** If no run is: why, as text. */
  readonly obstacles: readonly string[];
  readonly cells: readonly CellSummary[];
  readonly findings: readonly Finding[];
  /** Paired differences along every axis that varies but the seed, averaged over the cells, where there are pairs. */
  readonly overall: readonly PairedDifference[];
  /** The same cell by cell. */
  readonly byCell: readonly PairedDifference[];
}

/** Computes the content of a report on runs that were selected by the filter `only`. */
export function computeReport(
  name: string,
  { runs, leftOut, planned }: RunCollection,
  only: readonly string[] = [],
): ReportData {
  const axes = pairedAxes(runs);
  return {
    name,
    only,
    runs,
    planned: planned?.length,
    leftOut,
    warnings: sourceWarnings(runs.map(({ record }) => record?.environment)),
    judged: studyRuns(runs).length,
    obstacles: obstaclesOf(runs),
    cells: summarizeCells(runs),
    findings: judgeFindings(runs),
    overall: axes.flatMap((axis) => pairedDifferencesOverall(runs, axis)).filter(hasPairs),
    byCell: axes.flatMap((axis) => pairedDifferencesByCell(runs, axis)).filter(hasPairs),
  };
}

/** Returns true if any two runs were compared. */
function hasPairs({ accuracy, norms }: PairedDifference): boolean {
  return accuracy !== undefined || norms.size > 0;
}
