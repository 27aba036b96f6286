import { type Axis, groupByKeys, type Keys } from "../../analysis/axes.js";
import { keysLabel } from "../../analysis/labels.js";
import type { RunSummary } from "../../analysis/run-summary.js";

/** An axis of more values than this makes rows rather than columns. */
const mostColumns = 8;

/** A row of facets: the runs that share the values of the row's axes. */
export interface FacetRow {
  readonly label: string;
  readonly runs: readonly RunSummary[];
}

/** Which axes of a sweep make the columns and the rows of a chart of facets. */
export interface FacetLayout {
  /** The axis whose values stand side by side; undefined for a single column. */
  readonly columns: Axis | undefined;
  /** One row for each combination of the values of the remaining axes. */
  readonly rows: readonly FacetRow[];
}

/**
 * Lays out the axes that a facet itself does not show. `columns` makes the columns, by default the axis with the most
 * values (of equal ones the last); all others together make the rows.
 */
export function facetLayout(
  runs: readonly RunSummary[],
  axes: readonly Axis[],
  columns = widestAxis(axes),
): FacetLayout {
  const rowKeys = axes.filter((axis) => axis !== columns).map((axis) => axis.key);
  const rows = groupByKeys(runs, rowKeys).map((group) => ({
    label: keysLabel(group[0]?.keys ?? new Map(), rowKeys),
    runs: group,
  }));
  return { columns, rows };
}

/** Returns the runs of a row in each column, in the columns' order. */
export function facetColumns({ columns }: FacetLayout, row: FacetRow): readonly (readonly RunSummary[])[] {
  if (columns === undefined) {
    return [row.runs];
  }
  return columns.values.map((value) => row.runs.filter((run) => run.keys.get(columns.key) === value));
}

/** Returns the axis that colors show: the trained loss where it varies, else the last axis. */
export function colorAxis(axes: readonly Axis[]): Axis | undefined {
  return axes.find((axis) => axis.key === "trained_loss") ?? axes.at(-1);
}

/** Returns the value of an axis among a run's keys, or "" where there is no axis. */
export function valueOn(axis: Axis | undefined, keys: Keys): string {
  return axis === undefined ? "" : (keys.get(axis.key) ?? "");
}

function widestAxis(axes: readonly Axis[]): Axis | undefined {
  return axes
    .filter((axis) => axis.values.length <= mostColumns)
    .reduce<Axis | undefined>(
      (best, axis) => (axis.values.length >= (best?.values.length ?? 0) ? axis : best),
      undefined,
    );
}
