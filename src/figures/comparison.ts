import { type Axis, axesOf, grouped, type Keys, studyValue, varying } from "./axes.js";
import type { Digest } from "./digest.js";
import { type Estimate, estimate, pairedDifferences } from "./statistics.js";

/** What changes where one axis goes from its base to another value and everything else stays. */
export interface Comparison {
  readonly axis: Axis;
  readonly base: string;
  readonly value: string;
  /** The other keys of the two cells. */
  readonly keys: Keys;
  /** Difference of the final accuracies, value minus base; null without a common run number. */
  readonly accuracy: Estimate | null;
  /** Ratio of the mean gradient norms, value over base, by loss: a difference of logarithms. */
  readonly norms: ReadonlyMap<string, Estimate>;
}

/** The value that the others of an axis are compared with: the study's where it is among them, or else the first. */
export function baseOf(axis: Axis): string {
  const study = studyValue(axis.key);
  return (study !== null && axis.values.includes(study) ? study : axis.values[0]) ?? "";
}

/**
 * Compares every value of the axis with its base, cell by cell. Runs are paired by their number: they saw the same images
 * and, where shapes agree, started from the same weights.
 */
export function compare(runs: readonly Digest[], axis: Axis): readonly Comparison[] {
  const base = baseOf(axis);
  const otherKeys = varying(axesOf(runs))
    .map(({ key }) => key)
    .filter((key) => key !== axis.key);
  return grouped(runs, otherKeys).flatMap((group) => {
    const cell = (value: string) => group.filter((run) => run.keys.get(axis.key) === value);
    const keys: Keys = new Map(otherKeys.map((key) => [key, group[0]?.keys.get(key) ?? ""]));
    return axis.values
      .filter((value) => value !== base && cell(value).length > 0 && cell(base).length > 0)
      .map((value) => ({ axis, base, value, keys, ...differences(cell(base), cell(value)) }));
  });
}

function differences(
  base: readonly Digest[],
  other: readonly Digest[],
): Pick<Comparison, "accuracy" | "norms"> {
  const accuracies = (runs: readonly Digest[]) => byRun(runs, (run) => run.finalAccuracy ?? NaN);
  const columns = [...(base[0]?.traces.values() ?? [])].filter(
    (t) => t.quantity === "norm" && t.layer === null,
  );
  const norms = columns.flatMap(({ column, loss }) => {
    const logs = (runs: readonly Digest[]) =>
      byRun(runs, (run) => Math.log(run.traces.get(column)?.mean ?? NaN));
    const ratio = estimate(pairedDifferences(logs(base), logs(other)));
    return ratio === null ? [] : [[loss, exponential(ratio)] as const];
  });
  return {
    accuracy: estimate(pairedDifferences(accuracies(base), accuracies(other))),
    norms: new Map(norms),
  };
}

function byRun(runs: readonly Digest[], outcome: (run: Digest) => number): ReadonlyMap<number, number> {
  return new Map(runs.map((run) => [run.run, outcome(run)]));
}

function exponential({ mean, low, high, runs }: Estimate): Estimate {
  return {
    mean: Math.exp(mean),
    low: low === null ? null : Math.exp(low),
    high: high === null ? null : Math.exp(high),
    runs,
  };
}
