import type { Keys } from "../../analysis/axes.js";
import type { CellSummary } from "../../analysis/cell-summary.js";
import {
  axisNumber,
  capitalized,
  columnLabel,
  formatEstimate,
  formatNumber,
  keyLabel,
  tickLabel,
} from "../../analysis/labels.js";
import type { PairedDifference } from "../../analysis/paired-differences.js";
import { mean, median } from "../../analysis/stats/estimates.js";
import { measureNames, measures } from "../../study/measures.js";
import type { ReportData } from "../data.js";
import {
  differencesHelp,
  distinguishingKeys,
  formatAccuracies,
  formatConverged,
  formatConvergedAtEnd,
  formatConvergedChange,
  formatMeasure,
  formatOriginal,
  formatPeak,
  formatRatio,
} from "../format.js";
import { type PageCell, pageTable } from "./table.js";

/** Returns the table of all cells. */
export function cellsTable({ cells, runs }: ReportData): string {
  const keys = distinguishingKeys(runs);
  const losses = [...new Set(cells.flatMap((cell) => cell.losses.map(({ loss }) => loss)))];
  const recorded = measureNames.filter((name) => cells.some((cell) => cell.measures.has(name)));
  const titles = [
    ...keys.map(columnTitle),
    "Runs",
    "Final accuracy",
    ...recorded.map((name) => capitalized(measures[name].title)),
    "Converged",
    "Original",
    "Step at .99",
    ...losses.map((loss) => `${loss} norm, peak (step)`),
    ...losses.map((loss) => `${loss}, final`),
  ];
  const rows = cells.map((cell) => [
    ...keyCells(cell.keys, keys),
    { text: String(cell.runs.length), value: cell.runs.length },
    { text: formatAccuracies(cell.accuracies), value: mean(cell.accuracies) },
    ...recorded.map((name) => ({
      text: formatMeasure(cell, name),
      value: mean(cell.measures.get(name) ?? []),
    })),
    {
      text: formatConvergedAtEnd(cell),
      value: cell.convergedAtEnd / cell.accuracies.length,
    },
    {
      text: formatOriginal(cell),
      value: mean(cell.original.map(({ finalAccuracy }) => finalAccuracy ?? 0.9)),
    },
    { text: formatConverged(cell), value: median(cell.convergedSteps) },
    ...losses.map((loss) => peakCell(cell, loss)),
    ...losses.map((loss) => finalLossCell(cell, loss)),
  ]);
  return pageTable(
    "Means over runs and their ranges; a peak is that of the moving average, of the run with the median peak",
    titles,
    rows,
  );
}

function peakCell(cell: CellSummary, loss: string): PageCell {
  const peak = cell.losses.find((summary) => summary.loss === loss)?.peakNorm;
  return { text: formatPeak(peak), value: peak?.value ?? Number.NaN };
}

function finalLossCell(cell: CellSummary, loss: string): PageCell {
  const value = cell.losses.find((summary) => summary.loss === loss)?.finalLoss ?? Number.NaN;
  return { text: formatNumber(value), value };
}

/** Returns the paired differences averaged over the cells, then those of each axis cell by cell. */
export function differenceTables({ overall, byCell, runs }: ReportData): string {
  const axes = [...new Set(byCell.map(({ axis }) => axis.key))];
  const tables = axes.map((axis) => {
    const own = byCell.filter((difference) => difference.axis.key === axis);
    const base = tickLabel(axis, own[0]?.base ?? "");
    const keys = distinguishingKeys(runs).filter((key) => key !== axis);
    return differenceTable(`By ${keyLabel(axis)}, cell by cell, against ${base}`, own, keys);
  });
  return [differenceTable(differencesHelp, overall, []), ...tables].join("\n");
}

/** Returns one table of differences; without keys they are averages over the cells. */
function differenceTable(
  caption: string,
  differences: readonly PairedDifference[],
  keys: readonly string[],
): string {
  const losses = [...new Set(differences.flatMap(({ norms }) => [...norms.keys()]))];
  const isAverage = keys.length === 0;
  const titles = [
    ...(isAverage ? ["Axis"] : keys.map(columnTitle)),
    "Change",
    "Final accuracy",
    "Converged",
    ...losses.map((loss) => `${loss} norm, ratio`),
  ];
  const rows = differences.map(({ axis, base, value, keys: cell, accuracy, converged, norms }) => [
    ...(isAverage ? [{ text: keyLabel(axis.key), heading: true }] : keyCells(cell, keys)),
    { text: `${columnLabel(axis.key, value)} against ${columnLabel(axis.key, base)}` },
    {
      text: accuracy ? formatEstimate(accuracy, 4, true) : "-",
      value: accuracy?.mean ?? Number.NaN,
    },
    { text: formatConvergedChange(converged) },
    ...losses.map((loss) => {
      const ratio = norms.get(loss);
      return { text: ratio ? formatRatio(ratio) : "-", value: ratio?.mean ?? Number.NaN };
    }),
  ]);
  return pageTable(caption, titles, rows);
}

function columnTitle(key: string): string {
  return capitalized(keyLabel(key));
}

/** Returns a cell's keys, a column each; the first names the row. */
function keyCells(keys: Keys, names: readonly string[]): readonly PageCell[] {
  return names.map((name, i) => {
    const value = keys.get(name) ?? "";
    const number = axisNumber({ key: name }, value);
    return {
      text: columnLabel(name, value),
      ...(Number.isFinite(number) && { value: number }),
      ...(i === 0 && { heading: true }),
    };
  });
}
