import { type Axis, axesOf, groupByKeys, type Keys, studyValue, varyingAxes } from "./axes.js";
import type { RunSummary } from "./run-summary.js";
import { type Estimate, estimateMean, meanByRun, pairedDifferences } from "./stats/estimates.js";

/** What changes where one axis goes from its base to another value and everything else stays. */
export interface PairedDifference {
  readonly axis: Axis;
  readonly base: string;
  readonly value: string;
  /** The other keys of the two cells; none where the comparison is an average over them. */
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
export function pairedDifferencesByCell(
  runs: readonly RunSummary[],
  axis: Axis,
): readonly PairedDifference[] {
  return axis.values
    .filter((value) => value !== baseOf(axis))
    .flatMap((value) =>
      cellPairs(runs, axis, value).map(({ keys, ...pair }) =>
        comparisonOf(axis, value, keys, [differencesOf(pair)]),
      ),
    );
}

/** Compares every value of the axis with its base, averaged over all cells: a run number is one observation. */
export function pairedDifferencesOverall(
  runs: readonly RunSummary[],
  axis: Axis,
): readonly PairedDifference[] {
  return axis.values
    .filter((value) => value !== baseOf(axis))
    .map((value) => comparisonOf(axis, value, new Map(), cellPairs(runs, axis, value).map(differencesOf)));
}

interface Pair {
  readonly base: readonly RunSummary[];
  readonly other: readonly RunSummary[];
}

function cellPairs(
  runs: readonly RunSummary[],
  axis: Axis,
  value: string,
): readonly (Pair & { readonly keys: Keys })[] {
  const otherKeys = varyingAxes(axesOf(runs))
    .map(({ key }) => key)
    .filter((key) => key !== axis.key);
  return groupByKeys(runs, otherKeys).flatMap((group) => {
    const cell = (wanted: string) => group.filter((run) => run.keys.get(axis.key) === wanted);
    const pair = { base: cell(baseOf(axis)), other: cell(value) };
    const keys: Keys = new Map(otherKeys.map((key) => [key, group[0]?.keys.get(key) ?? ""]));
    return pair.base.length > 0 && pair.other.length > 0 ? [{ keys, ...pair }] : [];
  });
}

interface Differences {
  readonly accuracy: ReadonlyMap<number, number>;
  /** Of the norms' logarithms, by loss. */
  readonly norms: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

function differencesOf({ base, other }: Pair): Differences {
  const outcomes = (runs: readonly RunSummary[], outcome: (run: RunSummary) => number) =>
    new Map(runs.map((run) => [run.run, outcome(run)]));
  const paired = (outcome: (run: RunSummary) => number) =>
    pairedDifferences(outcomes(base, outcome), outcomes(other, outcome));
  const columns = [...(base[0]?.columns.values() ?? [])].filter(
    (t) => t.quantity === "norm" && t.layer === null,
  );
  return {
    accuracy: paired((run) => run.finalAccuracy ?? Number.NaN),
    norms: new Map(
      columns.map(({ column, loss }) => [
        loss,
        paired((run) => Math.log(run.columns.get(column)?.mean ?? Number.NaN)),
      ]),
    ),
  };
}

function comparisonOf(axis: Axis, value: string, keys: Keys, all: readonly Differences[]): PairedDifference {
  const losses = [...new Set(all.flatMap(({ norms }) => [...norms.keys()]))];
  const ratios = losses.flatMap((loss) => {
    const ratio = over(all.flatMap(({ norms }) => norms.get(loss) ?? []));
    return ratio === null ? [] : [[loss, exponential(ratio)] as const];
  });
  const accuracy = over(all.map((differences) => differences.accuracy));
  return { axis, base: baseOf(axis), value, keys, accuracy, norms: new Map(ratios) };
}

function over(sets: readonly ReadonlyMap<number, number>[]): Estimate | null {
  return estimateMean([...meanByRun(sets).values()]);
}

function exponential({ mean, low, high, runs }: Estimate): Estimate {
  return {
    mean: Math.exp(mean),
    low: low === null ? null : Math.exp(low),
    high: high === null ? null : Math.exp(high),
    runs,
  };
}
