import type { Keys } from "../analysis/axes.js";
import type { CellSummary } from "../analysis/cell-summary.js";
import type { PairedDifference } from "../analysis/paired-differences.js";
import type { RunSummary } from "../analysis/run-summary.js";
import { stringifyJson } from "../config/json.js";
import type { ReportData } from "./data.js";

/** The report for programs: JSON, NaN and infinities as words as in the records. */
export function formatReportJson(data: ReportData): string {
  const report = {
    version: 1,
    sweep: data.name,
    runs: { finished: data.runs.length, planned: data.planned, judged: data.judged },
    departures: data.departures,
    cells: data.cells.map(cellJson),
    findings: data.findings,
    differences: {
      overall: data.overall.map(comparisonJson),
      cells: data.byCell.map(comparisonJson),
    },
  };
  return `${stringifyJson(report, 2)}\n`;
}

function cellJson(cell: CellSummary) {
  return {
    keys: keysJson(cell.keys),
    runs: cell.runs.map(runJson),
    original: cell.original,
    losses: Object.fromEntries(cell.losses.map(({ loss, ...summary }) => [loss, summary])),
  };
}

function runJson(run: RunSummary) {
  const broken = [...run.columns.values()].flatMap((trace) => trace.firstNonFinite ?? []);
  return {
    run: run.run,
    csv: run.source,
    steps: run.steps,
    finalAccuracy: run.finalAccuracy,
    bestAccuracy: run.bestAccuracy?.value ?? null,
    bestStep: run.bestAccuracy?.step ?? null,
    firstStepAt99: run.convergedStep,
    firstNaN: broken.length === 0 ? null : Math.min(...broken),
    columns: Object.fromEntries(
      [...run.columns.values()].map(({ column, first, final, mean, peak }) => [
        column,
        { first, final, mean, peak },
      ]),
    ),
  };
}

function comparisonJson({ axis, base, value, keys, accuracy, norms }: PairedDifference) {
  return {
    axis: axis.key,
    base,
    value,
    keys: keysJson(keys),
    accuracy,
    normRatios: Object.fromEntries(norms),
  };
}

function keysJson(keys: Keys): Readonly<Record<string, string>> {
  return Object.fromEntries(keys);
}
