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

/** Values by observation: runs that saw the same images are one observation. */
export type Observations = ReadonlyMap<string, number>;

/** Returns the differences b - a of the observations in both maps, without those of which a value is not finite. */
export function pairedDifferences(a: Observations, b: Observations): Observations {
  const differences = [...a].map(([name, value]) => [name, (b.get(name) ?? Number.NaN) - value] as const);
  return new Map(differences.filter(([, difference]) => Number.isFinite(difference)));
}

/** Returns the mean of several maps by observation, each averaged over the maps that have it. */
export function meanByObservation(sets: readonly Observations[]): Observations {
  const names = [...new Set(sets.flatMap((set) => [...set.keys()]))];
  return new Map(names.map((name) => [name, mean(sets.flatMap((set) => set.get(name) ?? []))]));
}
