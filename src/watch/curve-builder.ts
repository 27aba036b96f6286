import type { RunCurves } from "../analysis/run-curves.js";
import { copyInto, indexFrom } from "../analysis/stats/arrays.js";
import type { IntervalSummary } from "../analysis/stats/intervals.js";

/** Curves of columns, apart from the measures. */
export type ColumnCurves = Pick<RunCurves, "width" | "steps" | "columns">;

/**
 * Divides rows into intervals as they come, with the results of `divideSteps` and `summarizeIntervals`, without holding on to
 * the rows.
 */
export interface CurveBuilder {
  /** Adds a row. Steps ascend. */
  add(step: number, values: ArrayLike<number>): void;
  /** Returns the curves of the intervals that have a step in [from, until). */
  curves(from: number, until: number): ColumnCurves;
  /** Forgets all rows. */
  clear(): void;
}

/** Creates a builder for rows of these columns, in intervals of `width` steps. */
export function createCurveBuilder(columns: readonly string[], width: number): CurveBuilder {
  const size = columns.length;
  let count = 0;
  let last = -1;
  let steps = new Float64Array(0);
  let rows = new Uint32Array(0);
  let sums = new Float64Array(0);
  let lows = new Float32Array(0);
  let highs = new Float32Array(0);

  function grow(): void {
    const room = Math.max(16, 2 * count);
    steps = copyInto(new Float64Array(room), steps);
    rows = copyInto(new Uint32Array(room), rows);
    sums = copyInto(new Float64Array(room * size), sums);
    lows = copyInto(new Float32Array(room * size), lows);
    highs = copyInto(new Float32Array(room * size), highs);
  }

  function startInterval(step: number): void {
    if (count === steps.length) {
      grow();
    }
    steps[count] = step;
    rows[count] = 0;
    const begin = count * size;
    sums.fill(0, begin, begin + size);
    lows.fill(Number.POSITIVE_INFINITY, begin, begin + size);
    highs.fill(Number.NEGATIVE_INFINITY, begin, begin + size);
    count++;
  }

  function summary(column: number, first: number, end: number): IntervalSummary {
    const mean = new Float32Array(end - first);
    const isRaw = width === 1;
    const low = isRaw ? mean : new Float32Array(end - first);
    const high = isRaw ? mean : new Float32Array(end - first);
    for (let interval = first; interval < end; interval++) {
      const at = interval * size + column;
      const sum = sums[at] ?? 0;
      const isWhole = isRaw || Number.isFinite(sum);
      mean[interval - first] = isWhole ? sum / (rows[interval] ?? 1) : Number.NaN;
      if (!isRaw) {
        low[interval - first] = isWhole ? (lows[at] ?? 0) : Number.NaN;
        high[interval - first] = isWhole ? (highs[at] ?? 0) : Number.NaN;
      }
    }
    return { mean, low, high };
  }

  return {
    add(step, values) {
      const interval = Math.floor(step / width);
      if (interval !== last) {
        startInterval(step);
        last = interval;
      }
      rows[count - 1] = (rows[count - 1] ?? 0) + 1;
      const begin = (count - 1) * size;
      for (let column = 0; column < size; column++) {
        const at = begin + column;
        const value = values[column] ?? Number.NaN;
        sums[at] = (sums[at] ?? 0) + value;
        if (value < (lows[at] ?? 0)) {
          lows[at] = value;
        }
        if (value > (highs[at] ?? 0)) {
          highs[at] = value;
        }
      }
    },
    curves(from, until) {
      const intervals = steps.subarray(0, count);
      const first = indexFrom(intervals, Math.floor(from / width) * width);
      const end = Math.max(first, indexFrom(intervals, until));
      return {
        width,
        steps: steps.slice(first, end),
        columns: new Map(columns.map((name, column) => [name, summary(column, first, end)])),
      };
    },
    clear() {
      count = 0;
      last = -1;
    },
  };
}
