import { parseMeasuredColumn } from "./input/columns.js";
import type { RunTable } from "./input/run-table.js";
import { divideSteps, type IntervalSummary, summarizeIntervals } from "./stats/intervals.js";

/** The curves of a run, or of some of its rows, at one resolution. */
export interface RunCurves {
  /** Steps in an interval: 1 if every row stands for itself. Intervals begin at multiples of it. */
  readonly width: number;
  /** The first row's step of each interval, ascending. Intervals without rows are left out. */
  readonly steps: Float64Array;
  /** The columns that are measured at every step, by their names. */
  readonly columns: ReadonlyMap<string, IntervalSummary>;
  /** The steps of rows in which any measure stands, in full resolution. */
  readonly measuredSteps: Float64Array;
  /** The measures by their names; NaN where one is absent. */
  readonly measures: ReadonlyMap<string, Float32Array>;
}

/** Returns the curves of a run, or of some of its rows, in intervals of `width` steps. */
export function createCurves(
  { steps, values }: Pick<RunTable, "steps" | "values">,
  width: number,
): RunCurves {
  const intervals = divideSteps(steps, width);
  const isPerStep = (name: string) => parseMeasuredColumn(name) !== undefined;
  const perStep = [...values].filter(([name]) => isPerStep(name));
  const measures = [...values].filter(([name]) => !isPerStep(name));
  const measured = Array.from(steps.keys()).filter((row) =>
    measures.some(([, column]) => !Number.isNaN(column[row])),
  );
  const atMeasured = (column: Float32Array) =>
    Float32Array.from(measured, (row) => column[row] ?? Number.NaN);
  return {
    width,
    steps: Float64Array.from(intervals.starts.subarray(0, -1), (row) => steps[row] ?? Number.NaN),
    columns: new Map(perStep.map(([name, column]) => [name, summarizeIntervals(column, intervals)])),
    measuredSteps: Float64Array.from(measured, (row) => steps[row] ?? Number.NaN),
    measures: new Map(measures.map(([name, column]) => [name, atMeasured(column)])),
  };
}
