import { type Keys, seedKey } from "../analysis/axes.js";
import type { CellSummary } from "../analysis/cell-summary.js";
import type { PairedDifference } from "../analysis/paired-differences.js";
import { unknownValue } from "../analysis/run-keys.js";
import type { RunSummary } from "../analysis/run-summary.js";
import type { Estimate } from "../analysis/stats/estimates.js";
import { stringifyJson } from "../config/json.js";
import { parameterOf, parameters } from "../config/parameters.js";
import type { ReportData } from "./data.js";
import { originOf } from "./origin.js";

/** Returns the report as JSON: null for what is absent; NaN and infinities as words, as in the records. */
export function formatReportJson(data: ReportData): string {
  const report = {
    version: 2,
    sweep: data.name,
    only: data.only,
    origin: Object.fromEntries(originOf(data).facts.map(({ name, text }) => [name.toLowerCase(), text])),
    runs: { finished: data.runs.length, planned: data.planned ?? null, judged: data.judged },
    leftOut: data.leftOut.map(({ kind, reason }) => ({ kind, reason })),
    warnings: data.warnings,
    obstacles: data.obstacles,
    cells: data.cells.map(cellJson),
    findings: data.findings,
    differences: {
      overall: data.overall.map(differenceJson),
      cells: data.byCell.map(differenceJson),
    },
  };
  return `${stringifyJson(report, 2)}\n`;
}

function cellJson(cell: CellSummary) {
  return {
    keys: keysJson(cell.keys),
    runs: cell.runs.map(runJson),
    original: cell.original.map(({ run, finalAccuracy, convergedStep }) => ({
      run,
      finalAccuracy: finalAccuracy ?? null,
      convergedStep: convergedStep ?? null,
    })),
    losses: Object.fromEntries(
      cell.losses.map(({ loss, ...summary }) => [
        loss,
        { ...summary, peakNorm: summary.peakNorm ?? null, peakLoss: summary.peakLoss ?? null },
      ]),
    ),
  };
}

function runJson(run: RunSummary) {
  const nonFinite = [...run.columns.values()].flatMap((column) => column.firstNonFinite ?? []);
  return {
    run: run.run,
    csv: run.source,
    steps: run.steps,
    finalAccuracy: run.finalAccuracy ?? null,
    bestAccuracy: run.bestAccuracy?.value ?? null,
    bestStep: run.bestAccuracy?.step ?? null,
    firstStepAt99: run.convergedStep ?? null,
    finalMeasures: Object.fromEntries(
      [...run.measures].map(([name, curve]) => [name, curve.values.at(-1) ?? null]),
    ),
    firstNaN: nonFinite.length === 0 ? null : Math.min(...nonFinite),
    columns: Object.fromEntries(
      [...run.columns.values()].map(({ column, first, final, mean, peak }) => [
        column,
        { first, final, mean, peak: peak ?? null },
      ]),
    ),
  };
}

function differenceJson({ axis, base, value, keys, accuracy, converged, norms }: PairedDifference) {
  return {
    axis: keyName(axis.key),
    base: keyValue(axis.key, base),
    value: keyValue(axis.key, value),
    keys: keysJson(keys),
    converged,
    accuracy: accuracy === undefined ? null : estimateJson(accuracy),
    normRatios: Object.fromEntries([...norms].map(([loss, ratio]) => [loss, estimateJson(ratio)])),
  };
}

function estimateJson({ mean, low, high, runs }: Estimate) {
  return { mean, low: low ?? null, high: high ?? null, runs };
}

/** Returns keys as in a config: "batchNorm": false. */
function keysJson(keys: Keys): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...keys].map(([column, text]) => [keyName(column), keyValue(column, text)]));
}

function keyName(column: string): string {
  return parameterOf(column) ?? column;
}

function keyValue(column: string, text: string): unknown {
  const key = parameterOf(column);
  if (key !== undefined) {
    return parameters[key].parse(text);
  }
  return column === seedKey && text !== unknownValue ? Number(text) : text;
}
