import { type MeasuredColumn, parseMeasuredColumn } from "./input/columns.js";
import type { RunTable } from "./input/run-table.js";
import { type Curve, downsample } from "./stats/downsample.js";
import { movingAverage } from "./stats/moving-average.js";
import { findPeak, firstNonFiniteStep, firstStepReaching, type Peak } from "./stats/peak.js";

/** How many steps each moving average takes; odd. */
export interface Smoothing {
  readonly norms: number;
  readonly losses: number;
}

/** The study's moving averages. */
export const studySmoothing: Smoothing = { norms: 201, losses: 11 };

/** Accuracy from which a run counts as converged. */
export const convergedAt = 0.99;

/** Steps that count as the beginning of a run. */
export const earlySteps = 1000;

/** Stretches of the step axis of which a curve keeps its extremes: about the width of a panel in pixels. */
const curveIntervals = 260;

/** One measured column of one run. */
export interface ColumnSummary extends MeasuredColumn {
  /** Of the column as recorded. */
  readonly first: number;
  readonly final: number;
  /** Over all steps with a finite value; NaN where there is none. */
  readonly mean: number;
  /** The first step with NaN or Infinity. */
  readonly firstNonFinite: number | null;
  /** Of the moving average. */
  readonly peak: Peak | null;
  /** Of the moving average over the first `beginning` steps. */
  readonly earlyPeak: Peak | null;
  /** The moving average, as few points. */
  readonly curve: Curve;
}

/** What figures and report need of a run: a few kilobytes out of a megabyte. */
export interface RunSummary {
  /** Key columns with their text, without `run`. */
  readonly keys: ReadonlyMap<string, string>;
  readonly run: number;
  /** Where it was read: a file's path, or a name for the standard input. */
  readonly source: string;
  readonly steps: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** By column name, in the CSV's order. */
  readonly columns: ReadonlyMap<string, ColumnSummary>;
  /** The accuracy at the steps where it was measured. */
  readonly accuracy: Curve;
  readonly finalAccuracy: number | null;
  readonly bestAccuracy: Peak | null;
  readonly convergedStep: number | null;
}

/** Digests the rows of one run. */
export function summarizeRun(table: RunTable, source: string, smoothing: Smoothing): RunSummary {
  const { steps } = table;
  const keys = new Map(table.keys);
  keys.delete("run");
  const traces = [...table.values].flatMap(([column, values]) => {
    const measure = parseMeasuredColumn(column);
    return measure === null ? [] : [[column, traceOf(measure, steps, values, smoothing)] as const];
  });
  const accuracy = measured(steps, table.values.get("accuracy") ?? new Float32Array(0));
  return {
    keys,
    run: Number(table.keys.get("run") ?? 0),
    source,
    steps: steps.length,
    firstStep: steps[0] ?? 0,
    lastStep: steps.at(-1) ?? 0,
    columns: new Map(traces),
    accuracy,
    finalAccuracy: accuracy.values.at(-1) ?? null,
    bestAccuracy: findPeak(accuracy.steps, accuracy.values),
    convergedStep: firstStepReaching(accuracy.steps, accuracy.values, convergedAt),
  };
}

function traceOf(
  measure: MeasuredColumn,
  steps: Float64Array,
  values: Float32Array,
  smoothing: Smoothing,
): ColumnSummary {
  const window = measure.quantity === "norm" ? smoothing.norms : smoothing.losses;
  const smooth = movingAverage(values, window);
  return {
    ...measure,
    first: values[0] ?? Number.NaN,
    final: values.at(-1) ?? Number.NaN,
    mean: finiteMean(values),
    firstNonFinite: firstNonFiniteStep(steps, values),
    peak: findPeak(steps, smooth),
    earlyPeak: findPeak(steps, smooth, earlySteps),
    curve: downsample(steps, smooth, curveIntervals),
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

function measured(steps: Float64Array, accuracy: Float32Array): Curve {
  const places = Array.from(accuracy.keys()).filter((i) => !Number.isNaN(accuracy[i]));
  return {
    steps: Float64Array.from(places, (i) => steps[i] ?? Number.NaN),
    values: Float64Array.from(places, (i) => shortest(accuracy[i] ?? Number.NaN)),
  };
}

/** A float32 as the double with its shortest text: 0.99 rather than 0.9900000095. */
function shortest(value: number): number {
  return Number(value.toPrecision(7));
}
