/**
 * Means over runs with their intervals. The statistics are jStat's: it has Student's t, means and medians in one package
 * without dependencies. simple-statistics has no quantile of Student's t, and @stdlib's comes with 220 packages.
 */
import jstat from "jstat";

/** Returns the mean of the values, NaN for none. */
export const mean: (values: readonly number[]) => number = jstat.jStat.mean;

/** Returns the middle value, or the mean of the two middle ones; NaN for none. */
export const median: (values: readonly number[]) => number = jstat.jStat.median;

/** Returns the geometric mean of positive values, NaN for none. */
export const geometricMean: (values: readonly number[]) => number = jstat.jStat.geomean;

/** Returns the sample standard deviation (n - 1), NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  return jstat.jStat.stdev(values, true);
}

/** Returns the two-sided 95 % point of Student's t distribution. */
export function studentT95(degreesOfFreedom: number): number {
  return jstat.jStat.studentt.inv(0.975, degreesOfFreedom);
}

/** A mean over runs with its 95 % interval, which one run alone does not have. */
export interface Estimate {
  readonly mean: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** Number of runs. */
  readonly runs: number;
}

/** Returns the mean with Student's 95 % interval, undefined for no values. */
export function estimateMean(values: readonly number[]): Estimate | undefined {
  if (values.length === 0) {
    return undefined;
  }
  const center = mean(values);
  if (values.length === 1) {
    return { mean: center, low: undefined, high: undefined, runs: 1 };
  }
  const half = (studentT95(values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
  return { mean: center, low: center - half, high: center + half, runs: values.length };
}

/**
 * Returns the differences b - a by run number. Only numbers in both maps are paired: such runs saw the same images. A
 * pair with a value that is not finite is left out.
 */
export function pairedDifferences(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): ReadonlyMap<number, number> {
  const differences = [...a].map(([run, value]) => [run, (b.get(run) ?? Number.NaN) - value] as const);
  return new Map(differences.filter(([, difference]) => Number.isFinite(difference)));
}

/** Returns the mean of several maps by run number, each number averaged over the maps that have it. */
export function meanByRun(sets: readonly ReadonlyMap<number, number>[]): ReadonlyMap<number, number> {
  const runs = [...new Set(sets.flatMap((set) => [...set.keys()]))].toSorted((a, b) => a - b);
  return new Map(runs.map((run) => [run, mean(sets.flatMap((set) => set.get(run) ?? []))]));
}
