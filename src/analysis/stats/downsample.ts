/** A curve of few points: values over steps, NaN where the line breaks. */
export interface Curve {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/**
 * Returns the curve with at most about two points for each of `columns` equal intervals of the step axis: M4 downsampling
 * with the minimum and maximum of each interval, and both ends of the curve. No peak is lost, however narrow. An interval
 * with a NaN keeps one, so that the line breaks there. Infinite values count as NaN.
 * U. Jugel et al., "M4: a visualization-oriented time series data aggregation" (2014), https://www.vldb.org/pvldb/vol7/p797-jugel.pdf
 */
export function downsample(steps: ArrayLike<number>, values: ArrayLike<number>, columns: number): Curve {
  const kept = extremeIndices(steps, values, columns);
  return {
    steps: Float64Array.from(kept, (i) => steps[i] ?? Number.NaN),
    values: Float64Array.from(kept, (i) => finiteOrNaN(values[i])),
  };
}

/** Returns the curve at `count` of its points, the first and the last among them, as equally distant as possible. */
export function sampleEvenly(steps: ArrayLike<number>, values: ArrayLike<number>, count: number): Curve {
  const size = Math.min(count, values.length);
  const index = (i: number) => (size < 2 ? 0 : Math.round((i * (values.length - 1)) / (size - 1)));
  return {
    steps: Float64Array.from({ length: size }, (_, i) => steps[index(i)] ?? Number.NaN),
    values: Float64Array.from({ length: size }, (_, i) => finiteOrNaN(values[index(i)])),
  };
}

function extremeIndices(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  columns: number,
): readonly number[] {
  const count = values.length;
  const start = steps[0] ?? 0;
  const width = ((steps[count - 1] ?? 0) - start) / columns || 1;
  const kept = new Set<number>();
  for (let from = 0; from < count; ) {
    const column = Math.floor(((steps[from] ?? 0) - start) / width);
    let to = from + 1;
    while (to < count && Math.floor(((steps[to] ?? 0) - start) / width) === column) {
      to++;
    }
    for (const i of intervalExtremes(values, from, to)) {
      kept.add(i);
    }
    from = to;
  }
  if (count > 0) {
    kept.add(0).add(count - 1);
  }
  return [...kept].sort((a, b) => a - b);
}

function intervalExtremes(values: ArrayLike<number>, from: number, to: number): readonly number[] {
  let low = -1;
  let high = -1;
  let nan = -1;
  for (let i = from; i < to; i++) {
    const value = finiteOrNaN(values[i]);
    if (Number.isNaN(value)) {
      nan = nan < 0 ? i : nan;
    } else {
      if (low < 0 || value < (values[low] ?? Number.NaN)) {
        low = i;
      }
      if (high < 0 || value > (values[high] ?? Number.NaN)) {
        high = i;
      }
    }
  }
  return [low, high, nan].filter((i) => i >= 0);
}

function finiteOrNaN(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : Number.NaN;
}
