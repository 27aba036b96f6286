import { groupByKeys, type Keys, keyIdentity, observationOf, sweepKey } from "../axes.js";
import { formatNumber, keysLabel } from "../labels.js";
import type { RunSummary } from "../run-summary.js";
import { geometricMean } from "../stats/estimates.js";
import { type Claim, verdictOf } from "./claim.js";
import { originalLosses } from "./final-accuracy.js";

/** Thresholds of 95 % and of 5 % foreground. */
const manyForeground = 0.05;
const fewForeground = 0.95;

/** One mean norm at 95 % foreground relative to that of the same run number at 5 %. */
interface NormPair {
  readonly keys: Keys;
  readonly ratio: number;
}

/** Judges finding 5: norms at 95 % foreground are smaller than at 5 %. The original's figures show it in one setting only. */
export function asymmetryClaims(runs: readonly RunSummary[]): readonly Claim[] {
  const pairs = pairNorms(runs.filter(({ keys }) => originalLosses.includes(keys.get("trained_loss") ?? "")));
  const main = pairs.filter(
    ({ keys }) => keys.get("optimizer") === "adam" && keys.get("batch_norm") === "false",
  );
  const elsewhere = groupByKeys(
    pairs.filter((pair) => !main.includes(pair)),
    ["optimizer", "batch_norm"],
  );
  const others = elsewhere.map((group) => `${settingLabel(group)} ${tallyPairs(group)}`);
  return [
    {
      text: "Adam without batch norm: every norm of every run is smaller at 95 % foreground than at 5 %",
      rule: "the norm's mean over all steps, at 95 % divided by at 5 %, runs paired by number, is below 1 in every pair",
      verdict: main.length === 0 ? "not in this sweep" : verdictOf(main.every(({ ratio }) => ratio < 1)),
      numbers: [
        ...(main.length === 0 ? [] : [tallyPairs(main)]),
        ...(others.length === 0 ? [] : [`elsewhere, not judged: ${others.join("; ")}`]),
      ].join("; "),
      original: "true for every norm and run in its figures; mixed elsewhere",
    },
  ];
}

function pairNorms(runs: readonly RunSummary[]): readonly NormPair[] {
  const others = ["optimizer", "batch_norm", "trained_loss", sweepKey];
  const name = (run: RunSummary) => `${keyIdentity(run.keys, others)} ${observationOf(run)}`;
  const withFew = new Map(
    runs.filter((run) => hasThreshold(run, fewForeground)).map((run) => [name(run), run]),
  );
  return runs
    .filter((run) => hasThreshold(run, manyForeground))
    .flatMap((run) => {
      const partner = withFew.get(name(run));
      if (partner === undefined) {
        return [];
      }
      return originalLosses
        .map((loss) => `${loss}_grad_norm`)
        .map(
          (column) =>
            (run.columns.get(column)?.mean ?? Number.NaN) / (partner.columns.get(column)?.mean ?? Number.NaN),
        )
        .filter(Number.isFinite)
        .map((ratio) => ({ keys: run.keys, ratio }));
    });
}

function hasThreshold({ keys }: RunSummary, threshold: number): boolean {
  return Number(keys.get("threshold")) === threshold;
}

function tallyPairs(pairs: readonly NormPair[]): string {
  const ratios = pairs.map(({ ratio }) => ratio);
  const below = ratios.filter((ratio) => ratio < 1).length;
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return `${below} of ${pairs.length} pairs below 1, ratios ${formatNumber(low, 2)} to ${formatNumber(high, 2)}, geometric mean ${formatNumber(geometricMean(ratios), 2)}`;
}

function settingLabel(pairs: readonly NormPair[]): string {
  return keysLabel(pairs[0]?.keys ?? new Map(), ["optimizer", "batch_norm"]);
}
