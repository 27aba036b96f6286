import type { Keys } from "../axes.js";
import { keysLabel } from "../labels.js";
import { convergedAt } from "../run-summary.js";
import { type FinalAccuracy, formatAccuracy, originalLosses } from "./final-accuracy.js";

export type Verdict = "holds" | "does not hold" | "not in this sweep";

/** One testable part of a finding. */
export interface Claim {
  readonly text: string;
  /** How it is judged. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** The numbers of this sweep that it is judged by. */
  readonly numbers: string;
  /** The original's numbers for the same. */
  readonly original: string;
  /** Says where the finding ends: it can refute the finding, but alone it does not make it hold. */
  readonly boundary?: boolean;
}

/** A claim about the final accuracy of every run of some cells. */
export interface AccuracyClaim {
  readonly text: string;
  readonly rule: string;
  readonly cells: (keys: Keys) => boolean;
  readonly isMet: (accuracy: number) => boolean;
  /** Which end of the accuracies is told. */
  readonly extreme: "lowest" | "highest";
}

/** Judges a claim on our runs with the original's losses, and counts the original's and ours with other losses beside. */
export function judgeAccuracy(
  claim: AccuracyClaim,
  ours: readonly FinalAccuracy[],
  original: readonly FinalAccuracy[],
): Claim {
  const inCells = ours.filter(({ keys }) => claim.cells(keys));
  const same = inCells.filter(({ keys }) => originalLosses.includes(keys.get("trained_loss") ?? ""));
  const others = inCells.filter((outcome) => !same.includes(outcome));
  const theirs = original.filter(({ keys }) => claim.cells(keys));
  const beyond = others.length === 0 ? "" : `; losses beyond the original: ${tally(others, claim)}`;
  return {
    text: claim.text,
    rule: claim.rule,
    verdict:
      same.length === 0
        ? "not in this sweep"
        : verdictOf(same.every(({ accuracy }) => claim.isMet(accuracy))),
    numbers:
      same.length === 0
        ? beyond.replace("; ", "")
        : `${tally(same, claim)}${coverage(same, theirs)}${beyond}`,
    original: tally(theirs, claim),
  };
}

/** The verdict on a test that could be made. */
export function verdictOf(passed: boolean): Verdict {
  return passed ? "holds" : "does not hold";
}

/** A finding's verdict from its claims': it holds where every claim that could be tested does, one at least no aside. */
export function overallVerdict(claims: readonly Claim[]): Verdict {
  const tested = claims.filter((claim) => claim.verdict !== "not in this sweep");
  if (!tested.some((claim) => !claim.boundary)) {
    return "not in this sweep";
  }
  return verdictOf(tested.every((claim) => claim.verdict === "holds"));
}

function tally(outcomes: readonly FinalAccuracy[], claim: AccuracyClaim): string {
  const passed = outcomes.filter(({ accuracy }) => claim.isMet(accuracy));
  const sign = claim.extreme === "lowest" ? 1 : -1;
  const extreme = outcomes.toSorted((a, b) => sign * (a.accuracy - b.accuracy))[0];
  const where =
    extreme === undefined
      ? ""
      : keysLabel(extreme.keys, ["optimizer", "batch_norm", "threshold", "trained_loss"]);
  const told =
    extreme === undefined
      ? ""
      : `; ${claim.extreme} ${formatAccuracy(extreme)} (${where}, run ${extreme.run})`;
  // A run that fails at the last step may have been there before: that is another thing than never.
  const reached = outcomes.filter((outcome) => outcome.reached).length;
  const before =
    claim.extreme === "lowest" && passed.length < outcomes.length
      ? `; ${reached} were at ${convergedAt} at some step`
      : "";
  return `${passed.length} of ${outcomes.length} runs${told}${before}`;
}

/** Says so where not all of the original's cells are in the sweep. */
function coverage(ours: readonly FinalAccuracy[], theirs: readonly FinalAccuracy[]): string {
  const count = (outcomes: readonly FinalAccuracy[]) =>
    new Set(
      outcomes.map(({ keys }) =>
        ["optimizer", "batch_norm", "threshold", "trained_loss"].map((key) => String(keys.get(key))).join(),
      ),
    ).size;
  const [present, all] = [count(ours), count(theirs)];
  return present < all ? `; only ${present} of ${all} cells are in this sweep` : "";
}
