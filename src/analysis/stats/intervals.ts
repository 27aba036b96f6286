/** The intervals into which the rows of a run are divided: rows `starts[i]` up to `starts[i + 1]` are of interval i. */
export interface Intervals {
  readonly width: number;
  /** Index of the first row of each interval, and the number of rows at the end. */
  readonly starts: Uint32Array;
}

/**
 * Mean, lowest and highest of a column in each interval: NaN where one of the interval's values is NaN or infinite. If
 * every row is an interval of its own, all three are the same array, with the values as recorded.
 */
export interface IntervalSummary {
  readonly mean: Float32Array;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/**
 * Divides ascending steps into intervals of `width` steps that begin at multiples of it. The intervals of the rows of one
 * run agree with those of any part of them, so that parts can be joined, and with those of other runs.
 */
export function divideSteps(steps: ArrayLike<number>, width: number): Intervals {
  const starts: number[] = [];
  let last = Number.NaN;
  for (let row = 0; row < steps.length; row++) {
    const interval = Math.floor((steps[row] ?? 0) / width);
    if (interval !== last) {
      starts.push(row);
      last = interval;
    }
  }
  return { width, starts: Uint32Array.from([...starts, steps.length]) };
}

/** Summarizes a column in each interval. */
export function summarizeIntervals(values: Float32Array, { starts }: Intervals): IntervalSummary {
  const count = starts.length - 1;
  if (count === values.length) {
    return { mean: values, low: values, high: values };
  }
  const [mean, low, high] = [new Float32Array(count), new Float32Array(count), new Float32Array(count)];
  for (let interval = 0; interval < count; interval++) {
    const from = starts[interval] ?? 0;
    const to = starts[interval + 1] ?? from;
    let [sum, lowest, highest] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let row = from; row < to; row++) {
      const value = values[row] ?? Number.NaN;
      sum += value;
      lowest = Math.min(value, lowest);
      highest = Math.max(value, highest);
    }
    const hasAll = Number.isFinite(sum);
    mean[interval] = hasAll ? sum / (to - from) : Number.NaN;
    low[interval] = hasAll ? lowest : Number.NaN;
    high[interval] = hasAll ? highest : Number.NaN;
  }
  return { mean, low, high };
}
