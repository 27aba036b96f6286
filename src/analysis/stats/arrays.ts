// Searching and growing arrays of numbers, for the reader of CSVs, the page and the watch alike.

/** Returns the index of the first of ascending numbers that is at least `least`; their count if there is none. */
export function indexFrom(ascending: ArrayLike<number>, least: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < least) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Returns the index of the number nearest to `wanted` among ascending ones, of two the lower; -1 if there is none. */
export function nearestIndex(ascending: ArrayLike<number>, wanted: number): number {
  const index = indexFrom(ascending, wanted);
  const [before, after] = [ascending[index - 1], ascending[index]];
  const isBefore = after === undefined || (before !== undefined && wanted - before <= after - wanted);
  return isBefore ? index - 1 : index;
}

/** Copies an array to the beginning of a larger one, which it returns. */
export function copyInto<Values extends Float32Array | Float64Array | Uint32Array>(
  larger: Values,
  smaller: Values,
): Values {
  larger.set(smaller);
  return larger;
}
