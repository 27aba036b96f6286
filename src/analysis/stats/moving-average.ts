/** What a window takes at the ends of the values: they are padded with the first and last value, or the window shrinks. */
export type WindowEnds = "padded" | "shrunk";

/**
 * Returns the centered moving average over `window` values, as long as the input. The study pads the ends, so that the
 * first and the last value weigh up to half a window there; a window that shrinks weighs all values alike. A window that
 * holds NaN or Infinity has that as its average; other windows are not affected.
 *
 * Computed by van Herk sums: every window is the tail of one block and the head of the next, so an average takes one
 * addition whatever the window. M. van Herk, "A fast algorithm for local minimum and maximum filters on rectangular and
 * octagonal kernels" (1992), https://doi.org/10.1016/0167-8655(92)90069-C
 * @throws RangeError if window is not an odd whole number.
 */
export function movingAverage(
  values: ArrayLike<number>,
  window: number,
  ends: WindowEnds = "padded",
): Float64Array {
  if (!Number.isInteger(window) || window < 1 || window % 2 === 0) {
    throw new RangeError(`a moving average needs an odd window, not ${window}`);
  }
  const margin = (window - 1) / 2;
  const count = values.length;
  const padded =
    ends === "padded"
      ? padEnds(values, margin, values[0] ?? 0, values[count - 1] ?? 0)
      : padEnds(values, margin, 0, 0);
  const { heads, tails } = blockSums(padded, window);
  // Unlike a running sum this only adds: a huge value costs no precision once the window has passed it.
  return Float64Array.from({ length: count }, (_, i) => {
    const split = i % window !== 0;
    const sum = (tails[i] ?? 0) + (split ? (heads[i + window - 1] ?? 0) : 0);
    const size = ends === "padded" ? window : Math.min(i + margin, count - 1) - Math.max(i - margin, 0) + 1;
    return sum / size;
  });
}

function padEnds(values: ArrayLike<number>, margin: number, first: number, last: number): Float64Array {
  const padded = new Float64Array(values.length + 2 * margin);
  padded.fill(first, 0, margin);
  padded.set(values, margin);
  padded.fill(last, margin + values.length);
  return padded;
}

/** Returns sums within blocks of `size`: heads[i] from the block's start to i, tails[i] from i to the block's end. */
function blockSums(values: Float64Array, size: number): { heads: Float64Array; tails: Float64Array } {
  const heads = new Float64Array(values.length);
  const tails = new Float64Array(values.length);
  for (let i = 0, sum = 0; i < values.length; i++) {
    sum = (i % size === 0 ? 0 : sum) + (values[i] ?? 0);
    heads[i] = sum;
  }
  for (let i = values.length - 1, sum = 0; i >= 0; i--) {
    sum = ((i + 1) % size === 0 ? 0 : sum) + (values[i] ?? 0);
    tails[i] = sum;
  }
  return { heads, tails };
}
