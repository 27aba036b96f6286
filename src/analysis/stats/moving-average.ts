/**
 * Centred moving average over `window` values, both ends padded with the first and the last value as the study does:
 * same length out as in. A window that holds NaN or Infinity gives that, and no other window is touched by it.
 * Throws RangeError where window is not an odd whole number.
 */
export function movingAverage(values: ArrayLike<number>, window: number): Float64Array {
  if (!Number.isInteger(window) || window < 1 || window % 2 === 0) {
    throw new RangeError(`a moving average needs an odd window, not ${window}`);
  }
  const padded = padEnds(values, (window - 1) / 2);
  const { heads, tails } = blockSums(padded, window);
  // A window is the tail of one block and the head of the next. Unlike a running sum this only adds, so a huge value
  // takes no digits from the values after it has left the window.
  return Float64Array.from({ length: values.length }, (_, i) => {
    const split = i % window !== 0;
    return ((tails[i] ?? 0) + (split ? (heads[i + window - 1] ?? 0) : 0)) / window;
  });
}

function padEnds(values: ArrayLike<number>, margin: number): Float64Array {
  const padded = new Float64Array(values.length + 2 * margin);
  padded.fill(values[0] ?? 0, 0, margin);
  padded.set(values, margin);
  padded.fill(values[values.length - 1] ?? 0, margin + values.length);
  return padded;
}

/** Sums within blocks of `size`: heads[i] from the block's start up to i, tails[i] from i to the block's end. */
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
