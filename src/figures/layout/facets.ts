import { type Axis, groupByKeys, type Keys } from "../../analysis/axes.js";
import { keysLabel } from "../../analysis/labels.js";
import type { RunSummary } from "../../analysis/run-summary.js";

/** More columns than this would be too narrow to read. */
const mostColumns = 8;

/** A row of panels: the runs that share the values of the row's axes. */
export interface Row {
  readonly label: string;
  readonly runs: readonly RunSummary[];
}

/** Where the axes of a sweep go in a figure of panels. */
export interface FacetLayout {
  /** The axis whose values stand side by side; none where nothing is left to vary. */
  readonly columns: Axis | undefined;
  /** One row for each combination of the axes that are left. */
  readonly rows: readonly Row[];
}

/**
 * Lays out the axes that a panel does not show itself: `columns`, or else the one with the most values (the last of
 * equals), makes the columns, all others together make the rows.
 */
export function facetLayout(
  runs: readonly RunSummary[],
  axes: readonly Axis[],
  columns = widest(axes),
): FacetLayout {
  const rowKeys = axes.filter((axis) => axis !== columns).map((axis) => axis.key);
  const rows = groupByKeys(runs, rowKeys).map((group) => ({
    label: keysLabel(group[0]?.keys ?? new Map(), rowKeys),
    runs: group,
  }));
  return { columns, rows };
}

/** The runs of a row in each column, in the columns' order; all of them where there are no columns. */
export function facetColumns(layout: FacetLayout, row: Row): readonly (readonly RunSummary[])[] {
  const { columns } = layout;
  if (columns === undefined) {
    return [row.runs];
  }
  return columns.values.map((value) => row.runs.filter((run) => run.keys.get(columns.key) === value));
}

/** The axis shown by colour: the trained loss where it varies, or else the last axis. */
export function colourAxis(axes: readonly Axis[]): Axis | undefined {
  return axes.find((axis) => axis.key === "trained_loss") ?? axes.at(-1);
}

function widest(axes: readonly Axis[]): Axis | undefined {
  return axes
    .filter((axis) => axis.values.length <= mostColumns)
    .reduce<Axis | undefined>(
      (best, axis) => (axis.values.length >= (best?.values.length ?? 0) ? axis : best),
      undefined,
    );
}

/** The value of an axis that a run has; the empty text where there is no such axis. */
export function valueOn(axis: Axis | undefined, keys: Keys): string {
  return axis === undefined ? "" : (keys.get(axis.key) ?? "");
}
