import { convergedAccuracy } from "../../results/run-metrics.js";
import type { Keys } from "../axes.js";
import { keysLabel } from "../labels.js";
import { type FinalAccuracy, formatAccuracy, originalLosses } from "./final-accuracy.js";

/** "not testable here": no run of the sweep is comparable with the study. */
export type Verdict = "holds" | "does not hold" | "not in this sweep" | "not testable here";

/** One testable part of a finding. */
export interface Claim {
  readonly text: string;
  /** The test in words. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** This sweep's numbers. */
  readonly numbers: string;
  /** The original's numbers for the same. */
  readonly original: string;
  /** True for a claim about where the finding ends: it can refute the finding but not establish it. */
  readonly boundary?: boolean;
}

/** A claim about the final accuracy of every run of some cells. */
export interface AccuracyClaim {
  readonly text: string;
  readonly rule: string;
  /** True for the cells that the claim is about. */
  readonly cells: (keys: Keys) => boolean;
  readonly isMet: (accuracy: number) => boolean;
  /** The accuracy that is quoted: the one nearest to breaking the claim. */
  readonly extreme: "lowest" | "highest";
}

/** Judges a claim by our runs with the original's losses. Also counts the original's runs and ours with other losses. */
export function judgeAccuracy(
  claim: AccuracyClaim,
  ours: readonly FinalAccuracy[],
  original: readonly FinalAccuracy[],
): Claim {
  const inCells = ours.filter(({ keys }) => claim.cells(keys));
  const judged = inCells.filter(({ keys }) => originalLosses.includes(keys.get("trained_loss") ?? ""));
  const others = inCells.filter((run) => !judged.includes(run));
  const theirs = original.filter(({ keys }) => claim.cells(keys));
  const parts = [
    ...(judged.length === 0 ? [] : [`${tally(judged, claim)}${coverage(judged, theirs)}`]),
    ...(others.length === 0 ? [] : [`losses beyond the original: ${tally(others, claim)}`]),
  ];
  return {
    text: claim.text,
    rule: claim.rule,
    verdict:
      judged.length === 0
        ? "not in this sweep"
        : verdictOf(judged.every(({ accuracy }) => claim.isMet(accuracy))),
    numbers: parts.join("; "),
    original: tally(theirs, claim),
  };
}

/** Returns the verdict of a test that was made. */
export function verdictOf(isMet: boolean): Verdict {
  return isMet ? "holds" : "does not hold";
}

/** Returns a finding's verdict: it holds if every tested claim does and at least one of these is not about a boundary. */
export function overallVerdict(claims: readonly Claim[]): Verdict {
  const tested = claims.filter((claim) => claim.verdict !== "not in this sweep");
  if (!tested.some((claim) => !claim.boundary)) {
    return "not in this sweep";
  }
  return verdictOf(tested.every((claim) => claim.verdict === "holds"));
}

function tally(runs: readonly FinalAccuracy[], claim: AccuracyClaim): string {
  const met = runs.filter(({ accuracy }) => claim.isMet(accuracy));
  const sign = claim.extreme === "lowest" ? 1 : -1;
  const [extreme] = runs.toSorted((a, b) => sign * (a.accuracy - b.accuracy));
  const parts = [`${met.length} of ${runs.length} runs`];
  if (extreme !== undefined) {
    const cell = keysLabel(extreme.keys, ["optimizer", "batch_norm", "threshold", "trained_loss"]);
    parts.push(`${claim.extreme} ${formatAccuracy(extreme)} (${cell}, run ${extreme.run})`);
  }
  // A run that fails at the last step may have converged before, which is not the same as never.
  if (claim.extreme === "lowest" && met.length < runs.length) {
    const reached = runs.filter((run) => run.reached).length;
    parts.push(`${reached} were at ${convergedAccuracy} at some step`);
  }
  return parts.join("; ");
}

/** Returns a remark if the sweep does not have all of the original's cells. */
function coverage(ours: readonly FinalAccuracy[], theirs: readonly FinalAccuracy[]): string {
  const [present, all] = [countCells(ours), countCells(theirs)];
  return present < all ? `; only ${present} of ${all} cells are in this sweep` : "";
}

function countCells(runs: readonly FinalAccuracy[]): number {
  const names = ["optimizer", "batch_norm", "threshold", "trained_loss"];
  return new Set(runs.map(({ keys }) => names.map((name) => keys.get(name)).join())).size;
}
