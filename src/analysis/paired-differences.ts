import { convergedAccuracy } from "../results/run-metrics.js";
import { type Axis, axesOf, groupByKeys, type Keys, observationOf, studyValue, varyingAxes } from "./axes.js";
import type { RunSummary } from "./run-summary.js";
import {
  type Estimate,
  estimateMean,
  meanByObservation,
  type Observations,
  pairedDifferences,
} from "./stats/estimates.js";

/** What changes if one axis goes from its base to another value and all else stays. */
export interface PairedDifference {
  readonly axis: Axis;
  readonly base: string;
  readonly value: string;
  /** The other keys of the two cells; empty for an average over cells. */
  readonly keys: Keys;
  /** Difference of the final accuracies, value minus base; undefined without a common observation. */
  readonly accuracy: Estimate | undefined;
  /** How many of the paired runs end converged, at either value: a mean alone hides runs that collapsed. */
  readonly converged: { readonly base: ConvergedShare; readonly value: ConvergedShare };
  /** Ratio of the mean gradient norms, value over base, by loss. Its interval is that of the logarithms' difference. */
  readonly norms: ReadonlyMap<string, Estimate>;
}

/** How many of some runs have an accuracy of convergence after the last step. */
export interface ConvergedShare {
  readonly converged: number;
  readonly runs: number;
}

/** Returns the value with which the others of an axis are compared: the study's if it is among them, else the first. */
export function baseOf(axis: Axis): string {
  const study = studyValue(axis.key);
  return (study !== undefined && axis.values.includes(study) ? study : axis.values[0]) ?? "";
}

/**
 * Compares every value of the axis with its base, cell by cell. Runs are paired by observation: they saw the same images
 * and, where shapes agree, started from the same weights.
 */
export function pairedDifferencesByCell(
  runs: readonly RunSummary[],
  axis: Axis,
): readonly PairedDifference[] {
  return comparedValues(axis).flatMap((value) =>
    pairCells(runs, axis, value).map(({ keys, ...pair }) =>
      summarizeDifferences(axis, value, keys, [runDifferences(pair)]),
    ),
  );
}

/** Compares every value of the axis with its base, averaged over all cells. */
export function pairedDifferencesOverall(
  runs: readonly RunSummary[],
  axis: Axis,
): readonly PairedDifference[] {
  return comparedValues(axis).map((value) =>
    summarizeDifferences(axis, value, new Map(), pairCells(runs, axis, value).map(runDifferences)),
  );
}

function comparedValues(axis: Axis): readonly string[] {
  return axis.values.filter((value) => value !== baseOf(axis));
}

/** The runs of two cells that differ in one axis only. */
interface CellPair {
  readonly base: readonly RunSummary[];
  readonly other: readonly RunSummary[];
}

function pairCells(
  runs: readonly RunSummary[],
  axis: Axis,
  value: string,
): readonly (CellPair & { readonly keys: Keys })[] {
  const otherKeys = varyingAxes(axesOf(runs))
    .map(({ key }) => key)
    .filter((key) => key !== axis.key);
  return groupByKeys(runs, otherKeys).flatMap((group) => {
    const withValue = (wanted: string) => group.filter((run) => run.keys.get(axis.key) === wanted);
    const pair = { base: withValue(baseOf(axis)), other: withValue(value) };
    const keys: Keys = new Map(otherKeys.map((key) => [key, group[0]?.keys.get(key) ?? ""]));
    return pair.base.length > 0 && pair.other.length > 0 ? [{ keys, ...pair }] : [];
  });
}

/** The differences of two cells by observation. */
interface RunDifferences {
  readonly accuracy: Observations;
  /** Differences of the logarithms of the mean norms, by loss. */
  readonly norms: ReadonlyMap<string, Observations>;
  readonly converged: PairedDifference["converged"];
}

function runDifferences({ base, other }: CellPair): RunDifferences {
  const observe = (runs: readonly RunSummary[], measure: (run: RunSummary) => number) =>
    new Map(runs.map((run) => [observationOf(run), measure(run)]));
  const differences = (measure: (run: RunSummary) => number) =>
    pairedDifferences(observe(base, measure), observe(other, measure));
  const norms = [...(base[0]?.columns.values() ?? [])].filter(
    ({ quantity, layer }) => quantity === "norm" && layer === undefined,
  );
  const accuracy = differences((run) => run.finalAccuracy ?? Number.NaN);
  const share = (runs: readonly RunSummary[]) => {
    const paired = runs.filter((run) => accuracy.has(observationOf(run)));
    const converged = paired.filter((run) => (run.finalAccuracy ?? 0) >= convergedAccuracy).length;
    return { converged, runs: paired.length };
  };
  return {
    accuracy,
    converged: { base: share(base), value: share(other) },
    norms: new Map(
      norms.map(({ column, loss }) => [
        loss,
        differences((run) => Math.log(run.columns.get(column)?.mean ?? Number.NaN)),
      ]),
    ),
  };
}

function summarizeDifferences(
  axis: Axis,
  value: string,
  keys: Keys,
  cells: readonly RunDifferences[],
): PairedDifference {
  const losses = [...new Set(cells.flatMap(({ norms }) => [...norms.keys()]))];
  const ratios = losses.flatMap((loss) => {
    const ratio = estimateOver(cells.flatMap(({ norms }) => norms.get(loss) ?? []));
    return ratio === undefined ? [] : [[loss, exponential(ratio)] as const];
  });
  const accuracy = estimateOver(cells.map((differences) => differences.accuracy));
  const total = (end: "base" | "value"): ConvergedShare => ({
    converged: sumOf(cells.map(({ converged }) => converged[end].converged)),
    runs: sumOf(cells.map(({ converged }) => converged[end].runs)),
  });
  return {
    axis,
    base: baseOf(axis),
    value,
    keys,
    accuracy: accuracy === undefined ? undefined : withinAccuracies(accuracy),
    converged: { base: total("base"), value: total("value") },
    norms: new Map(ratios),
  };
}

function estimateOver(cells: readonly Observations[]): Estimate | undefined {
  return estimateMean([...meanByObservation(cells).values()]);
}

/** Returns an estimate with its interval cut at -1 and 1, beyond which no difference of accuracies can be. */
function withinAccuracies({ mean, low, high, runs }: Estimate): Estimate {
  return {
    mean,
    low: low === undefined ? undefined : Math.max(low, -1),
    high: high === undefined ? undefined : Math.min(high, 1),
    runs,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Returns the ratio of an estimate of a difference of logarithms. */
function exponential({ mean, low, high, runs }: Estimate): Estimate {
  return {
    mean: Math.exp(mean),
    low: low === undefined ? undefined : Math.exp(low),
    high: high === undefined ? undefined : Math.exp(high),
    runs,
  };
}
