// From the curves of runs to the lines of a chart. Pure, so that it is tested without a browser.
import type { RunCurves } from "../../analysis/run-curves.js";
import type { ColumnGroup, IndexColumn, LineStyle } from "../model.js";
import { smoothIntervals } from "./smooth.js";
import type { CurveSmoothing } from "./view-state.js";

/** What is open large: a cell with its runs, or a single run. */
export interface OpenItem {
  readonly id: string;
  readonly label: string;
  /** How its lines are drawn where the color stands for the item. */
  readonly style: LineStyle;
  /** The loss that it is trained on. */
  readonly trainedLoss: string | undefined;
  readonly runs: readonly OpenRun[];
}

/** A run of an open item. */
export interface OpenRun {
  readonly repetition: number;
  readonly curves: RunCurves;
}

/** How curves are turned into lines. */
export interface LineOptions {
  readonly smoothing: CurveSmoothing;
  /** True if each run has a line, false for the median of several. */
  readonly showsRuns: boolean;
  /** True if the color of a line stands for its item, false if it stands for its column. */
  readonly colorsItems: boolean;
  /** Index of the only item among all that are open, where each has a chart of its own. */
  readonly only?: number;
}

/** The lines of one chart over their common steps. */
export interface ChartLines {
  readonly steps: readonly number[];
  readonly lines: readonly ChartLine[];
}

/** A line, with the band around it if there is one. NaN where there is no value. */
export interface ChartLine {
  readonly column: string;
  readonly label: string;
  /** Index of the item that it belongs to, and the repetition if it is of one run. */
  readonly item: number;
  readonly repetition: number | undefined;
  readonly style: LineStyle;
  /** In px. */
  readonly width: number;
  readonly values: ArrayLike<number>;
  readonly band: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> } | undefined;
}

/** Dashes that tell items apart where colors stand for columns. */
const itemDashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 4]];

/** Returns the lines of some columns of one group for all items. */
export function createLines(
  items: readonly OpenItem[],
  group: ColumnGroup,
  columns: readonly IndexColumn[],
  options: LineOptions,
): ChartLines {
  const isMeasure = group === "measure";
  const stepsOf = ({ curves }: OpenRun) => (isMeasure ? curves.measuredSteps : curves.steps);
  const steps = unionOf(items.flatMap(({ runs }) => runs.map(stepsOf)));
  const lines = items.flatMap((item, i) =>
    columns.flatMap((column) => {
      const curves = item.runs.flatMap((run) => {
        const curve = smoothCurve(run.curves, group, column.name, options.smoothing);
        return curve === undefined
          ? []
          : [{ repetition: run.repetition, ...alignCurve(curve, stepsOf(run), steps) }];
      });
      return linesOf(item, options.only ?? i, column, curves, options);
    }),
  );
  return { steps, lines };
}

/** A curve with its values, and the lowest and highest of its intervals if they differ from them. */
interface Curve {
  readonly values: ArrayLike<number>;
  readonly band: ChartLine["band"];
}

function smoothCurve(
  { width, columns, measures }: RunCurves,
  group: ColumnGroup,
  name: string,
  smoothing: CurveSmoothing,
): Curve | undefined {
  if (group === "measure") {
    const values = measures.get(name);
    return values && { values, band: undefined };
  }
  const column = columns.get(name);
  if (column === undefined) {
    return undefined;
  }
  const values = smoothIntervals(column.mean, width, group === "loss" ? smoothing.losses : smoothing.norms);
  // What is not smoothed shows the noise that its intervals hide.
  const isRaw = (group === "loss" ? smoothing.losses : smoothing.norms) === 1;
  return { values, band: isRaw && width > 1 ? { low: column.low, high: column.high } : undefined };
}

function linesOf(
  item: OpenItem,
  index: number,
  column: IndexColumn,
  curves: readonly (Curve & { readonly repetition: number })[],
  { showsRuns, colorsItems, only }: LineOptions,
): readonly ChartLine[] {
  const isTrained = column.label === item.trainedLoss && column.group !== "measure";
  const style = colorsItems
    ? item.style
    : { ...column, dash: only === undefined ? (itemDashes[index % itemDashes.length] ?? []) : [] };
  const line = {
    column: column.name,
    label: column.layer === undefined ? column.label : `${column.label}, ${column.layer}`,
    item: index,
    style,
  };
  const [first, ...others] = curves;
  if (first === undefined) {
    return [];
  }
  if (others.length === 0 || showsRuns) {
    const width = (isTrained ? 2.25 : 1.25) * (others.length === 0 ? 1 : 0.8);
    return curves.map(({ repetition, values, band }) => ({
      ...line,
      repetition: others.length === 0 ? undefined : repetition,
      width,
      values,
      band,
    }));
  }
  return [{ ...line, repetition: undefined, width: isTrained ? 2.25 : 1.25, ...medianOf(curves) }];
}

/** Returns the median of curves at each step, between the lowest and the highest. */
function medianOf(curves: readonly Curve[]): Curve {
  const count = curves[0]?.values.length ?? 0;
  const [values, low, high] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const present = curves
      .map((curve) => curve.values[i] ?? Number.NaN)
      .filter((value) => !Number.isNaN(value))
      .sort((a, b) => a - b);
    const middle = (present.length - 1) / 2;
    const [below, above] = [present[Math.floor(middle)], present[Math.ceil(middle)]];
    values[i] = ((below ?? Number.NaN) + (above ?? Number.NaN)) / 2;
    low[i] = present[0] ?? Number.NaN;
    high[i] = present.at(-1) ?? Number.NaN;
  }
  return { values, band: { low, high } };
}

/** Returns all steps of some lists in ascending order, each once. */
function unionOf(lists: readonly Float64Array[]): readonly number[] {
  const [first, ...others] = lists;
  if (first === undefined || others.every((list) => isEqual(list, first))) {
    return [...(first ?? [])];
  }
  return [...new Set(lists.flatMap((list) => [...list]))].sort((a, b) => a - b);
}

function isEqual(one: Float64Array, other: Float64Array): boolean {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}

/** Returns a curve over other steps, NaN at those that it does not have. */
function alignCurve(curve: Curve, from: Float64Array, to: readonly number[]): Curve {
  // All of `from` are among `to`.
  if (from.length === to.length) {
    return curve;
  }
  const places = new Map([...from].map((step, i) => [step, i]));
  const align = (values: ArrayLike<number>) =>
    Float64Array.from(to, (step) => values[places.get(step) ?? -1] ?? Number.NaN);
  return {
    values: align(curve.values),
    band: curve.band && { low: align(curve.band.low), high: align(curve.band.high) },
  };
}
