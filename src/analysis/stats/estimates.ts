/** Mean of the values; NaN for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n - 1); NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) {
    return Number.NaN;
  }
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Middle value, or the mean of the two middle ones; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return mean(sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1));
}

/** A mean over runs and its 95 % interval, null where one run alone gives none. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly runs: number;
}

/** Mean with Student's 95 % interval; null for no values. */
export function estimateMean(values: readonly number[]): Estimate | null {
  if (values.length === 0) {
    return null;
  }
  const centre = mean(values);
  if (values.length === 1) {
    return { mean: centre, low: null, high: null, runs: 1 };
  }
  const half = (studentT95(values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
  return { mean: centre, low: centre - half, high: centre + half, runs: values.length };
}

/**
 * Differences b - a by run number, of the numbers that both have: they saw the same images. Runs where either value is
 * missing or not finite have no difference.
 */
export function pairedDifferences(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const differences = [...a].map(([run, value]) => [run, (b.get(run) ?? Number.NaN) - value] as const);
  return new Map(differences.filter(([, difference]) => Number.isFinite(difference)));
}

/** The mean of several sets of values by run number, each number over the sets that have it. */
export function meanByRun(sets: readonly ReadonlyMap<number, number>[]): ReadonlyMap<number, number> {
  const runs = [...new Set(sets.flatMap((set) => [...set.keys()]))].toSorted((a, b) => a - b);
  return new Map(runs.map((run) => [run, mean(sets.flatMap((set) => set.get(run) ?? []))]));
}

// Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom.
const table95 = [
  12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281, 2.201, 2.1788, 2.1604,
  2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.093, 2.086, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555,
  2.0518, 2.0484, 2.0452, 2.0423,
];

/** Two-sided 95 % point of Student's t, good to 1e-4. */
export function studentT95(degreesOfFreedom: number): number {
  const listed = table95[degreesOfFreedom - 1];
  if (listed !== undefined) {
    return listed;
  }
  // Cornish-Fisher expansion around the normal distribution's point.
  const z = 1.959964;
  const v = degreesOfFreedom;
  return z + (z ** 3 + z) / (4 * v) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v * v);
}

/** Exponential of the mean logarithm of positive values; NaN for none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(mean(values.map(Math.log)));
}
