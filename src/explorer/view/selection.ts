// What a view selects of an index. Pure, so that it is tested without a browser.
import type {
  ColumnGroup,
  IndexAxis,
  IndexCell,
  IndexColumn,
  IndexRun,
  IndexValue,
  LineStyle,
  SweepIndex,
} from "../model.js";
import type { ViewState } from "./view-state.js";

/** Returns the axes by which the cells differ. */
export function differingAxes({ axes }: SweepIndex): readonly IndexAxis[] {
  return axes.filter(({ values }) => values.length > 1);
}

/** Returns the value that a cell has on an axis. */
export function cellValue(index: SweepIndex, cell: IndexCell, axis: IndexAxis): IndexValue | undefined {
  return axis.values[cell.values[index.axes.indexOf(axis)] ?? -1];
}

/** Returns a cell's values on the axes by which cells differ, in words; "all runs" if there is one cell only. */
export function cellLabel(index: SweepIndex, cell: IndexCell, axes = differingAxes(index)): string {
  const names = axes.map((axis) => cellValue(index, cell, axis)?.name ?? "");
  return names.length === 0 ? "all runs" : names.join(", ");
}

/** Returns the cells that a view is limited to. */
export function selectedCells(index: SweepIndex, { only }: ViewState): readonly IndexCell[] {
  return index.cells.filter((cell) =>
    index.axes.every((axis) => {
      const wanted = only.get(axis.key);
      return wanted === undefined || wanted.includes(cellValue(index, cell, axis)?.text ?? "");
    }),
  );
}

/** Returns the runs of a cell that a view is limited to. */
export function selectedRuns(
  index: SweepIndex,
  { runs }: IndexCell,
  { repetitions }: ViewState,
): readonly IndexRun[] {
  return runs
    .flatMap((run) => index.runs[run] ?? [])
    .filter(({ repetition }) => repetitions.length === 0 || repetitions.includes(repetition));
}

/** Returns the columns of a group that a view is limited to. Its limits are losses; measures always stay. */
export function selectedColumns(
  { columns }: SweepIndex,
  { curves }: ViewState,
  group: ColumnGroup,
): readonly IndexColumn[] {
  const own = columns.filter((column) => column.group === group);
  return group === "measure" || curves.length === 0 ? own : own.filter(({ label }) => curves.includes(label));
}

/** What is open: a cell, or one of its runs. */
export interface Opened {
  readonly id: string;
  readonly cell: IndexCell;
  readonly run: IndexRun | undefined;
  readonly label: string;
}

/** Returns what a view has open. */
export function openedIn(index: SweepIndex, { open }: ViewState): readonly Opened[] {
  return open.flatMap((id) => {
    const run = index.runs.find((candidate) => candidate.id === id);
    const cell = run ? index.cells[run.cell] : index.cells.find((candidate) => candidate.id === id);
    if (cell === undefined) {
      return [];
    }
    const label = cellLabel(index, cell);
    return [{ id, cell, run, label: run ? `${label}, run ${run.repetition}` : label }];
  });
}

/** Returns the letter by which an opened item is named in legends: A, B, C. */
export function itemLetter(index: number): string {
  return String.fromCharCode(65 + (index % 26));
}

/** Returns in words what all opened items have in common, and what each has of its own. */
export function compareLabels(
  index: SweepIndex,
  opened: readonly Opened[],
): { readonly common: string; readonly own: readonly string[] } {
  const axes = differingAxes(index);
  const isShared = (axis: IndexAxis) =>
    new Set(opened.map(({ cell }) => cellValue(index, cell, axis))).size === 1;
  const cell = opened[0]?.cell;
  const shared = axes.filter(isShared);
  const others = axes.filter((axis) => !isShared(axis));
  return {
    common:
      cell === undefined || shared.length === 0 || opened.length < 2 ? "" : cellLabel(index, cell, shared),
    own: opened.map((item) => {
      if (opened.length < 2) {
        return item.label;
      }
      const parts = [
        ...(others.length === 0 ? [] : [cellLabel(index, item.cell, others)]),
        ...(item.run === undefined
          ? others.length === 0
            ? ["all runs"]
            : []
          : [`run ${item.run.repetition}`]),
      ];
      return parts.join(", ");
    }),
  };
}

/**
 * Returns a style for each opened item that distinguishes it from the others: that of its value on an axis on which
 * all differ, or else any.
 */
export function itemStyles(index: SweepIndex, opened: readonly Opened[]): readonly LineStyle[] {
  const valuesOn = (axis: IndexAxis) => opened.map(({ cell }) => cellValue(index, cell, axis));
  const axis = differingAxes(index)
    .toReversed()
    .find((candidate) => new Set(valuesOn(candidate)).size === opened.length);
  const fallback = index.columns.filter(({ group }) => group === "loss");
  return opened.map((_, i) => {
    const style = (axis && valuesOn(axis)[i]) ?? fallback[i % Math.max(1, fallback.length)];
    const { light, dark } = style ?? { light: "#0072B2", dark: "#4C9FDB" };
    return { light, dark, dash: [] };
  });
}

/** Returns the text of the loss that a cell is trained on. */
export function trainedLossOf(index: SweepIndex, cell: IndexCell): string | undefined {
  const axis = index.axes.find(({ key }) => key === "trained_loss");
  return axis && cellValue(index, cell, axis)?.text;
}

/** Cells of the grid that stand together: they differ in one axis only. */
export interface CellGroup {
  readonly title: string;
  readonly cells: readonly IndexCell[];
}

/** The most values of the axis along which cells stand side by side. */
const mostAcross = 8;

/** Returns the axis along which cells stand side by side: that of the trained losses, or else the longest that is short. */
export function acrossAxis(index: SweepIndex): IndexAxis | undefined {
  const axes = differingAxes(index);
  const fitting = axes.filter(({ values }) => values.length <= mostAcross);
  const longest = fitting.reduce<IndexAxis | undefined>(
    (best, axis) => (best === undefined || axis.values.length >= best.values.length ? axis : best),
    undefined,
  );
  return axes.find(({ key }) => key === "trained_loss") ?? longest ?? axes.at(-1);
}

/** Returns cells in groups that differ in all axes but the one along which cells stand side by side. */
export function groupCells(index: SweepIndex, cells: readonly IndexCell[]): readonly CellGroup[] {
  const across = acrossAxis(index);
  const others = differingAxes(index).filter((axis) => axis !== across);
  const groups = new Map<string, IndexCell[]>();
  for (const cell of cells) {
    const name = others.map((axis) => cell.values[index.axes.indexOf(axis)]).join();
    const group = groups.get(name);
    if (group === undefined) {
      groups.set(name, [cell]);
    } else {
      group.push(cell);
    }
  }
  return [...groups.values()].map((group) => ({
    title: group[0] === undefined || others.length === 0 ? "" : cellLabel(index, group[0], others),
    cells: group,
  }));
}
