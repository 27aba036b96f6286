import { movingAverage } from "../../analysis/stats/moving-average.js";

/**
 * Returns the moving average over `window` steps of a curve in intervals of `width` steps, as long as the curve. The
 * outermost intervals of a window count by the share of them that it covers. A window of at most one interval changes
 * nothing.
 */
export function smoothIntervals(means: Float32Array, width: number, window: number): ArrayLike<number> {
  const size = window / width;
  if (size <= 1) {
    return means;
  }
  // The largest odd number of whole intervals in a window, and the share of the next one at either end.
  const whole = 2 * Math.floor((size - 1) / 2) + 1;
  const share = (size - whole) / 2;
  const inner = movingAverage(means, whole);
  if (share === 0) {
    return inner;
  }
  const outer = movingAverage(means, whole + 2);
  return inner.map(
    (value, i) => (value * whole * (1 - share) + (outer[i] ?? Number.NaN) * (whole + 2) * share) / size,
  );
}
