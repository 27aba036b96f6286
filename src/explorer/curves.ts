// A file of its own because the page, which only decodes curves, must not load what reads CSVs.
import { parseMeasuredColumn } from "../analysis/input/columns.js";
import type { RunTable } from "../analysis/input/run-table.js";
import { divideSteps, summarizeIntervals } from "../analysis/stats/intervals.js";
import type { RunCurves } from "./model.js";

/** Returns the curves of a run, or of some of its rows, in intervals of `width` steps. */
export function createCurves(
  { steps, values }: Pick<RunTable, "steps" | "values">,
  width: number,
): RunCurves {
  const intervals = divideSteps(steps, width);
  const perStep = [...values].filter(([name]) => parseMeasuredColumn(name) !== undefined);
  const measures = [...values].filter(([name]) => parseMeasuredColumn(name) === undefined);
  const measured = Array.from(steps.keys()).filter((row) =>
    measures.some(([, column]) => !Number.isNaN(column[row])),
  );
  return {
    width,
    steps: Float64Array.from(intervals.starts.subarray(0, -1), (row) => steps[row] ?? Number.NaN),
    columns: new Map(perStep.map(([name, column]) => [name, summarizeIntervals(column, intervals)])),
    measuredSteps: Float64Array.from(measured, (row) => steps[row] ?? Number.NaN),
    measures: new Map(
      measures.map(([name, column]) => [
        name,
        Float32Array.from(measured, (row) => column[row] ?? Number.NaN),
      ]),
    ),
  };
}
