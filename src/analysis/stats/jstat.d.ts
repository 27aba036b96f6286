/** Types of the part of jStat that is used here; the package brings none. https://jstat.github.io */
declare module "jstat" {
  interface JStat {
    /** NaN for no values. */
    mean(values: readonly number[]): number;
    /** Middle value, or the mean of the two middle ones; NaN for no values. */
    median(values: readonly number[]): number;
    /** Standard deviation, with `isSample` divided by n - 1. */
    stdev(values: readonly number[], isSample?: boolean): number;
    /** Geometric mean. */
    geomean(values: readonly number[]): number;
    readonly studentt: {
      /** Quantile of Student's t distribution. */
      inv(probability: number, degreesOfFreedom: number): number;
    };
  }
  const jstat: { readonly jStat: JStat };
  export = jstat;
}
