// Which charts a view has. Pure, so that it is tested without a browser.

import type { ColumnGroup, IndexRun, SweepIndex } from "../model.js";
import { type ChartLines, createLines, type OpenItem } from "./lines.js";
import { selectedColumns } from "./selection.js";
import type { StepRange, ViewState } from "./view-state.js";

/** How a chart's values are placed: on the scale of accuracies, or on a linear or a logarithmic one. */
export type ValueScale = "error" | "linear" | "log";

/** A row of charts: one group of columns of everything that is open. */
export interface ChartRow {
  readonly group: ColumnGroup;
  readonly title: string;
  readonly scale: ValueScale;
  /** One chart, or one for each item if they stand side by side. */
  readonly charts: readonly ChartLines[];
}

const titles: Readonly<Record<ColumnGroup, string>> = {
  measure: "Accuracy",
  loss: "Losses",
  norm: "Gradient norms",
  "layer norm": "Gradient norms of layers",
};

/** Returns the rows of charts of a view. */
export function chartRows(
  index: SweepIndex,
  view: ViewState,
  items: readonly OpenItem[],
): readonly ChartRow[] {
  return view.groups.flatMap((group) => {
    const columns = selectedColumns(index, view, group);
    if (columns.length === 0) {
      return [];
    }
    const colorsItems = items.length > 1 && !view.isSplit && columns.length === 1;
    const options = { smoothing: view.smoothing, showsRuns: view.showsRuns, colorsItems };
    const charts =
      view.isSplit && items.length > 1
        ? items.map((item, only) => createLines([item], group, columns, { ...options, only }))
        : [createLines(items, group, columns, options)];
    const scale: ValueScale = group === "measure" ? "error" : view.isLog ? "log" : "linear";
    const title = group === "measure" && columns.length > 1 ? "Measures" : titles[group];
    return [{ group, title, scale, charts }];
  });
}

/** Returns the first and the last step of runs. */
export function stepsOf(runs: readonly IndexRun[]): StepRange {
  const begun = runs.filter(({ rows }) => rows > 0);
  const from = Math.min(...begun.map(({ firstStep }) => firstStep));
  const to = Math.max(...begun.map(({ lastStep }) => lastStep));
  return from < to ? { from, to } : { from: 0, to: 1 };
}

export function longestSteps(rows: readonly ChartRow[]): readonly number[] {
  return rows
    .flatMap(({ charts }) => charts.map(({ steps }) => steps))
    .reduce<readonly number[]>((longest, steps) => (steps.length > longest.length ? steps : longest), []);
}

/** Returns how many steps the intervals of the curves have. */
export function intervalOf(items: readonly OpenItem[]): number {
  return Math.max(1, ...items.flatMap(({ runs }) => runs.map(({ curves }) => curves.width)));
}
