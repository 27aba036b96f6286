// A file of its own although short: scaling.ts is a program, which a test cannot import.

/**
 * Returns the least time in which workers can do some jobs that are never divided, if each needs `start` before its first. No
 * order of the jobs can be faster: on average a worker has its share of everything, and of the longest (k - 1) m + 1 jobs one
 * of m workers has k.
 *
 * @param lengths of the jobs, in the unit of `start`.
 */
export function lowerBound(lengths: readonly number[], workers: number, start: number): number {
  const sorted = lengths.toSorted((a, b) => b - a);
  const total = sorted.reduce((sum, length) => sum + length, 0);
  const ofLongest = sorted
    .filter((_, index) => index % workers === 0)
    .map((shortest, index) => (index + 1) * shortest);
  return start + Math.max(total / workers, ...ofLongest);
}
