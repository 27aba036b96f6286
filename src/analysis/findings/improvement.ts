import { keyIdentity } from "../axes.js";
import { formatEstimate } from "../labels.js";
import { estimateMean, meanByRun } from "../stats/estimates.js";
import { type Claim, verdictOf } from "./claim.js";
import { type FinalAccuracy, originalLosses } from "./final-accuracy.js";

/** Finding 6, second half: batch norm improves accuracy. */
export function improvementClaims(
  ours: readonly FinalAccuracy[],
  original: readonly FinalAccuracy[],
): readonly Claim[] {
  return (["adam", "sgd"] as const).map((optimizer) => {
    const own = gains(
      ours.filter(({ keys }) => originalLosses.includes(keys.get("trained_loss") ?? "")),
      optimizer,
    );
    const theirs = gains(original, optimizer);
    const average = estimateMean(byRun(own));
    return {
      text: `Batch norm improves accuracy, ${optimizer === "adam" ? "Adam" : "SGD"}`,
      rule: "final accuracy with batch norm minus without, all else equal and runs paired by number, is above 0 on average",
      verdict: average === null ? "not in this sweep" : verdictOf(average.mean > 0),
      numbers: average === null ? "" : `${formatEstimate(average, 4, true)}; ${tally(own)}`,
      original: `${tally(theirs)} of which its axis, from .9 up, shows one`,
    };
  });
}

interface Gain {
  readonly run: number;
  /** NaN where only its sign is known: one of the two lies below .9, the foot of the original's axis. */
  readonly gain: number;
  readonly better: boolean;
}

/** Differences of runs that differ in batch norm alone; none where both lie below .9. */
function gains(outcomes: readonly FinalAccuracy[], optimizer: string): readonly Gain[] {
  const name = ({ keys, run }: FinalAccuracy) => `${keyIdentity(keys, ["threshold", "trained_loss"])} ${run}`;
  const own = outcomes.filter(({ keys }) => keys.get("optimizer") === optimizer);
  const without = new Map(
    own.filter(({ keys }) => keys.get("batch_norm") === "false").map((o) => [name(o), o]),
  );
  return own
    .filter(({ keys }) => keys.get("batch_norm") === "true")
    .flatMap((outcome) => {
      const partner = without.get(name(outcome));
      if (partner === undefined || (outcome.below && partner.below)) {
        return [];
      }
      const gain = outcome.below || partner.below ? Number.NaN : outcome.accuracy - partner.accuracy;
      return [{ run: outcome.run, gain, better: partner.below || gain > 0 }];
    });
}

/** The mean gain of each run number: its runs saw the same images, so they are one observation. */
function byRun(all: readonly Gain[]): readonly number[] {
  const known = all.filter(({ gain }) => Number.isFinite(gain));
  return [...meanByRun(known.map(({ run, gain }) => new Map([[run, gain]]))).values()];
}

function tally(all: readonly Gain[]): string {
  return `better in ${all.filter(({ better }) => better).length} of ${all.length} pairs`;
}
