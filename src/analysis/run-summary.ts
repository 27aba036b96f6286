import { parameterOf, parameters } from "../config/parameters.js";
import { accuracyMetrics } from "../results/run-metrics.js";
import type { RunRecord } from "../results/run-record.js";
import { type MeasureName, measureColumn, measureNames } from "../study/measures.js";
import type { Cell } from "../study/run.js";
import { type MeasuredColumn, parseMeasuredColumn } from "./input/columns.js";
import type { RunFile } from "./input/find-runs.js";
import type { RunTable } from "./input/run-table.js";
import { createCurves, type RunCurves } from "./run-curves.js";
import { type Curve, downsample, sampleEvenly } from "./stats/downsample.js";
import { movingAverage } from "./stats/moving-average.js";
import { findPeak, firstNonFiniteStep, type Peak } from "./stats/peak.js";

/** Windows of the moving averages in steps, odd. */
export interface Smoothing {
  readonly norms: number;
  readonly losses: number;
}

/** The study's moving averages. */
export const studySmoothing: Smoothing = { norms: 201, losses: 11 };

/** Steps that count as the beginning of a run. */
export const earlySteps = 1000;

/** Intervals of the step axis in which a curve keeps its extremes: about the width of a chart in pixels. */
const curveIntervals = 260;

/**
 * One measured column of one run. Peaks and curve are those of its moving average, all else is as recorded. The curve pads
 * the ends, as the study's figures do. Peaks do not: padding turns a single spike at an end into a peak.
 */
export interface ColumnSummary extends MeasuredColumn {
  readonly first: number;
  readonly final: number;
  /** Over all finite values; NaN if there is none. */
  readonly mean: number;
  /** The first step with NaN or Infinity. */
  readonly firstNonFinite: number | undefined;
  readonly peak: Peak | undefined;
  /** The peak within the first `earlySteps` steps. */
  readonly earlyPeak: Peak | undefined;
  /** The moving average, downsampled. */
  readonly curve: Curve;
  /** The moving average at equally distant steps: the same ones in runs of equal length, so that runs can be compared. */
  readonly samples: Curve;
}

/** What figures and report need of a run: a few kilobytes of a file of a megabyte, without its curves. */
export interface RunSummary {
  /** Key columns with their text, without `run`. After reading, all runs have the same: see `alignKeys`. */
  readonly keys: ReadonlyMap<string, string>;
  readonly run: number;
  /** The file's path, or "-" for the standard input. */
  readonly source: string;
  readonly record: RunRecord | undefined;
  /** The sweep's folder; undefined without a record. */
  readonly sweep: string | undefined;
  /** The parameters: all of them from the record, or else those in the CSV. */
  readonly cell: Partial<Cell>;
  /** Number of rows. */
  readonly steps: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** By column name, in the order of the CSV. */
  readonly columns: ReadonlyMap<string, ColumnSummary>;
  /** The accuracy at the steps where it was measured. */
  readonly accuracy: Curve;
  readonly finalAccuracy: number | undefined;
  readonly bestAccuracy: Peak | undefined;
  /** The first measured step with the accuracy of convergence. */
  readonly convergedStep: number | undefined;
  /** All columns in intervals of steps; undefined unless they were asked for. */
  readonly curves: RunCurves | undefined;
  /** The recorded measures at the same steps as the accuracy, in the order of their table. */
  readonly measures: ReadonlyMap<MeasureName, Curve>;
}

/** Where the rows of a run come from. */
export type RunSource = Pick<RunFile, "path"> & Partial<Pick<RunFile, "record" | "sweep">>;

/** Summarizes the rows of one run, with its curves in intervals of `curveWidth` steps if that is given. */
export function summarizeRun(
  table: RunTable,
  source: RunSource,
  smoothing: Smoothing,
  curveWidth?: number,
): RunSummary {
  const { steps } = table;
  const keys = new Map(table.keys);
  keys.delete("run");
  const columns = [...table.values].flatMap(([name, values]) => {
    const column = parseMeasuredColumn(name);
    return column === undefined ? [] : [[name, summarizeColumn(column, steps, values, smoothing)] as const];
  });
  const accuracy = measuredCurve(steps, table.values.get("accuracy") ?? new Float32Array(0));
  const measures = measureNames.flatMap((name) => {
    const values = table.values.get(measureColumn(name));
    return values === undefined ? [] : [[name, measuredCurve(steps, values)] as const];
  });
  const { finalAccuracy, bestAccuracy, bestStep, firstStepAt99 } = accuracyMetrics(
    accuracy.steps,
    accuracy.values,
  );
  return {
    keys,
    run: Number(table.keys.get("run") ?? 0),
    source: source.path,
    record: source.record,
    sweep: source.sweep,
    cell: source.record?.cell ?? cellOf(keys),
    steps: steps.length,
    firstStep: steps[0] ?? 0,
    lastStep: steps.at(-1) ?? 0,
    columns: new Map(columns),
    accuracy,
    finalAccuracy,
    bestAccuracy:
      bestAccuracy === undefined || bestStep === undefined
        ? undefined
        : { value: bestAccuracy, step: bestStep },
    convergedStep: firstStepAt99,
    curves: curveWidth === undefined ? undefined : createCurves(table, curveWidth),
    measures: new Map(measures),
  };
}

/** Returns the parameters in key columns. */
function cellOf(keys: RunSummary["keys"]): Partial<Cell> {
  const values = [...keys].flatMap(([column, text]) => {
    const key = parameterOf(column);
    return key === undefined ? [] : [[key, parameters[key].parse(text)]];
  });
  return Object.fromEntries(values);
}

function summarizeColumn(
  column: MeasuredColumn,
  steps: Float64Array,
  values: Float32Array,
  smoothing: Smoothing,
): ColumnSummary {
  const window = column.quantity === "norm" ? smoothing.norms : smoothing.losses;
  const smooth = movingAverage(values, window);
  const average = movingAverage(values, window, "shrunk");
  return {
    ...column,
    first: values[0] ?? Number.NaN,
    final: values.at(-1) ?? Number.NaN,
    mean: finiteMean(values),
    firstNonFinite: firstNonFiniteStep(steps, values),
    peak: findPeak(steps, average),
    earlyPeak: findPeak(steps, average, earlySteps),
    curve: downsample(steps, smooth, curveIntervals),
    samples: sampleEvenly(steps, smooth, curveIntervals / 2 + 1),
  };
}

function finiteMean(values: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) {
      continue;
    }
    sum += value;
    count++;
  }
  return sum / count;
}

/** Returns the values of a column at the steps where it was measured. */
function measuredCurve(steps: Float64Array, column: Float32Array): Curve {
  const rows = Array.from(column.keys()).filter((i) => !Number.isNaN(column[i]));
  return {
    steps: Float64Array.from(rows, (i) => steps[i] ?? Number.NaN),
    values: Float64Array.from(rows, (i) => shortest(column[i] ?? Number.NaN)),
  };
}

/** Returns a float32 as the double with its shortest text: 0.99 rather than 0.9900000095. */
function shortest(value: number): number {
  return Number(value.toPrecision(7));
}
