/** A curve as few points: values over steps, NaN where it is broken. */
export interface Curve {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/**
 * The curve as at most about two points for each of `columns` equal stretches of the step axis: the lowest and the
 * highest value of each, in the order in which they come, and both ends. No peak is lost, whatever its width. A stretch
 * that holds a NaN keeps one, so that the line breaks there. Infinite values count as NaN.
 */
export function downsample(steps: ArrayLike<number>, values: ArrayLike<number>, columns: number): Curve {
  const kept = extremes(steps, values, columns);
  return {
    steps: Float64Array.from(kept, (i) => steps[i] ?? Number.NaN),
    values: Float64Array.from(kept, (i) => finiteOrNaN(values[i])),
  };
}

function extremes(steps: ArrayLike<number>, values: ArrayLike<number>, columns: number): readonly number[] {
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
    for (const i of stretchExtremes(values, from, to)) {
      kept.add(i);
    }
    from = to;
  }
  if (count > 0) {
    kept.add(0).add(count - 1);
  }
  return [...kept].sort((a, b) => a - b);
}

function stretchExtremes(values: ArrayLike<number>, from: number, to: number): readonly number[] {
  let low = -1;
  let high = -1;
  let broken = -1;
  for (let i = from; i < to; i++) {
    const value = finiteOrNaN(values[i]);
    if (Number.isNaN(value)) {
      broken = broken < 0 ? i : broken;
    } else {
      if (low < 0 || value < (values[low] ?? Number.NaN)) {
        low = i;
      }
      if (high < 0 || value > (values[high] ?? Number.NaN)) {
        high = i;
      }
    }
  }
  return [low, high, broken].filter((i) => i >= 0);
}

function finiteOrNaN(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : Number.NaN;
}
