import { keyIdentity, observationOf, sweepKey } from "../axes.js";
import { formatEstimate } from "../labels.js";
import { estimateMean, meanByObservation } from "../stats/estimates.js";
import { type Claim, verdictOf } from "./claim.js";
import { type FinalAccuracy, originalLosses } from "./final-accuracy.js";

/** Judges the second half of finding 6: batch norm improves accuracy. */
export function improvementClaims(
  ours: readonly FinalAccuracy[],
  original: readonly FinalAccuracy[],
): readonly Claim[] {
  return (["adam", "sgd"] as const).map((optimizer) => {
    const own = gainsOf(
      ours.filter(({ keys }) => originalLosses.includes(keys.get("trained_loss") ?? "")),
      optimizer,
    );
    const theirs = gainsOf(original, optimizer);
    const average = estimateMean(meanGains(own));
    return {
      text: `Batch norm improves accuracy, ${optimizer === "adam" ? "Adam" : "SGD"}`,
      rule: "final accuracy with batch norm minus without, all else equal and runs paired by number, is above 0 on average",
      verdict: average === undefined ? "not in this sweep" : verdictOf(average.mean > 0),
      numbers: average === undefined ? "" : `${formatEstimate(average, 4, true)}; ${tallyGains(own)}`,
      original: `${tallyGains(theirs)} of which its axis, which begins at .9, shows at least one`,
    };
  });
}

/** The accuracy of a run with batch norm minus that without. */
interface Gain {
  readonly observation: string;
  /** NaN if only its sign is known: one of the two is below .9, where the original's axis begins. */
  readonly gain: number;
  readonly isBetter: boolean;
}

/** Returns the gains of runs that differ in batch norm only, without pairs of which both are below .9. */
function gainsOf(runs: readonly FinalAccuracy[], optimizer: string): readonly Gain[] {
  const name = (run: FinalAccuracy) =>
    `${keyIdentity(run.keys, ["threshold", "trained_loss", sweepKey])} ${observationOf(run)}`;
  const own = runs.filter(({ keys }) => keys.get("optimizer") === optimizer);
  const without = new Map(
    own.filter(({ keys }) => keys.get("batch_norm") === "false").map((run) => [name(run), run]),
  );
  return own
    .filter(({ keys }) => keys.get("batch_norm") === "true")
    .flatMap((run) => {
      const partner = without.get(name(run));
      if (partner === undefined || (run.below && partner.below)) {
        return [];
      }
      const gain = run.below || partner.below ? Number.NaN : run.accuracy - partner.accuracy;
      return [{ observation: observationOf(run), gain, isBetter: partner.below || gain > 0 }];
    });
}

/** Returns the mean gain of each observation. */
function meanGains(all: readonly Gain[]): readonly number[] {
  const known = all.filter(({ gain }) => Number.isFinite(gain));
  return [
    ...meanByObservation(known.map(({ observation, gain }) => new Map([[observation, gain]]))).values(),
  ];
}

function tallyGains(all: readonly Gain[]): string {
  return `better in ${all.filter(({ isBetter }) => isBetter).length} of ${all.length} pairs`;
}
