import { convergedAccuracy } from "../../results/run-metrics.js";
import type { Keys } from "../axes.js";
import type { RunSummary } from "../run-summary.js";
import { asymmetryClaims } from "./asymmetry.js";
import { type AccuracyClaim, type Claim, judgeAccuracy, overallVerdict, type Verdict } from "./claim.js";
import { studyRuns } from "./comparability.js";
import { originalFinalAccuracies, ourFinalAccuracies } from "./final-accuracy.js";
import { improvementClaims } from "./improvement.js";
import { surgeClaims } from "./surge.js";

/** One of the study's six findings, tested on a sweep. */
export interface Finding {
  readonly number: number;
  /** What the original says. */
  readonly text: string;
  readonly verdict: Verdict;
  readonly claims: readonly Claim[];
}

/** Above the share of the study's majority class, .95, by more than chance in a validation set. */
const majorityLimit = 0.955;

const is = (keys: Keys, optimizer: string, batchNorm?: boolean) =>
  keys.get("optimizer") === optimizer &&
  (batchNorm === undefined || keys.get("batch_norm") === String(batchNorm));
const at = (keys: Keys, ...thresholds: readonly number[]) =>
  thresholds.includes(Number(keys.get("threshold")));
const stuck = (keys: Keys) => at(keys, 0.05) && keys.get("trained_loss") === "dicefg";

/** The accuracy claims of each finding. */
const accuracyClaims: Readonly<Record<number, readonly AccuracyClaim[]>> = {
  1: [
    {
      text: "SGD: no run converges",
      rule: `every SGD run's final accuracy is below ${convergedAccuracy}`,
      cells: (keys) => is(keys, "sgd") && at(keys, 0.05, 0.5, 0.95),
      isMet: (accuracy) => accuracy < convergedAccuracy,
      extreme: "highest",
    },
    {
      text: "SGD at 5 % and 95 % foreground: nothing beyond the majority class",
      rule: `final accuracy at most ${majorityLimit}: the majority's share, .95, plus a margin for chance in the validation set`,
      cells: (keys) => is(keys, "sgd") && at(keys, 0.05, 0.95),
      isMet: (accuracy) => accuracy <= majorityLimit,
      extreme: "highest",
    },
    {
      text: "SGD at 50 % foreground: below .95",
      rule: "final accuracy below 0.95",
      cells: (keys) => is(keys, "sgd") && at(keys, 0.5),
      isMet: (accuracy) => accuracy < 0.95,
      extreme: "highest",
    },
  ],
  2: [
    {
      text: "Adam without batch norm: all but dicefg at 95 % foreground converge",
      rule: `final accuracy at least ${convergedAccuracy}`,
      cells: (keys) => is(keys, "adam", false) && at(keys, 0.05, 0.5, 0.95) && !stuck(keys),
      isMet: (accuracy) => accuracy >= convergedAccuracy,
      extreme: "lowest",
    },
    {
      text: "Adam without batch norm: dicefg at 95 % foreground stays at the majority class",
      rule: `final accuracy at most ${majorityLimit}`,
      cells: (keys) => is(keys, "adam", false) && stuck(keys),
      isMet: (accuracy) => accuracy <= majorityLimit,
      extreme: "highest",
    },
  ],
  3: [
    {
      text: "Adam with batch norm: all converge",
      rule: `final accuracy at least ${convergedAccuracy}`,
      cells: (keys) => is(keys, "adam", true) && at(keys, 0.05, 0.5, 0.95),
      isMet: (accuracy) => accuracy >= convergedAccuracy,
      extreme: "lowest",
    },
    {
      text: "Adam with batch norm: dicefg at 95 % foreground included",
      rule: `final accuracy at least ${convergedAccuracy}`,
      cells: (keys) => is(keys, "adam", true) && stuck(keys),
      isMet: (accuracy) => accuracy >= convergedAccuracy,
      extreme: "lowest",
    },
  ],
  6: [
    {
      text: "With batch norm all reach a good accuracy, under Adam (finding 1 rules SGD out)",
      rule: `final accuracy at least ${convergedAccuracy}`,
      cells: (keys) => is(keys, "adam", true) && at(keys, 0.05, 0.5, 0.95),
      isMet: (accuracy) => accuracy >= convergedAccuracy,
      extreme: "lowest",
    },
  ],
};

const texts: readonly string[] = [
  "SGD: no run converges, with or without batch norm.",
  "Adam without batch norm: all converge but dicefg at 95 % foreground, which stays at .95.",
  "Adam with batch norm: all converge, dicefg at 95 % foreground included.",
  "Training with dicefg at 50 % foreground: cce's value and gradient norm shoot up at the beginning.",
  "Gradient norms at 95 % foreground are smaller than at 5 %.",
  "All with batch norm reach a good accuracy; batch norm improves accuracy.",
];

/** Judges the six findings of the study by the runs that are comparable with it. */
export function judgeFindings(runs: readonly RunSummary[]): readonly Finding[] {
  const own = studyRuns(runs);
  if (own.length === 0) {
    return texts.map((text, i) => ({ number: i + 1, text, verdict: "not testable here", claims: [] }));
  }
  const ours = ourFinalAccuracies(own);
  const original = originalFinalAccuracies();
  return texts.map((text, i) => {
    const number = i + 1;
    const claims = [
      ...(accuracyClaims[number] ?? []).map((claim) => judgeAccuracy(claim, ours, original)),
      ...(number === 4 ? surgeClaims(own) : []),
      ...(number === 5 ? asymmetryClaims(own) : []),
      ...(number === 6 ? improvementClaims(ours, original) : []),
    ];
    return { number, text, verdict: overallVerdict(claims), claims };
  });
}
