import { earlySteps, type RunSummary } from "../run-summary.js";
import type { Peak } from "../stats/peak.js";
import { type Claim, verdictOf } from "./claim.js";

/** Limits of a surge: the moving averages of cce's value and of its gradient norm exceed both at the beginning. */
const surgeLoss = 1;
const surgeNorm = 1.5;

/** Judges finding 4: with dicefg at 50 % foreground cce shoots up at the beginning, with Adam without batch norm only. */
export function surgeClaims(runs: readonly RunSummary[]): readonly Claim[] {
  const rule = `in the first ${earlySteps} steps`;
  return [
    judgeSurge(runs, {
      text: "Adam without batch norm: cce's value shoots up",
      rule: `${rule} of every run the 11-step average of cce exceeds ${surgeLoss}`,
      batchNorm: "false",
      isMet: ({ value }) => value > surgeLoss,
      original: "past 1 in its figures",
    }),
    judgeSurge(runs, {
      text: "Adam without batch norm: cce's gradient norm shoots up",
      rule: `${rule} of every run the 201-step average of cce's norm exceeds ${surgeNorm}`,
      batchNorm: "false",
      isMet: ({ norm }) => norm > surgeNorm,
      original: "1.9 to 3.3 near steps 150 to 200 in its figures",
    }),
    judgeSurge(runs, {
      text: "Adam with batch norm: no surge",
      rule: `${rule} of no run both limits are exceeded`,
      batchNorm: "true",
      isMet: ({ value, norm }) => !(value > surgeLoss && norm > surgeNorm),
      original: "none in its figures",
      boundary: true,
    }),
  ];
}

/** A claim about the early peaks of cce in the runs trained with Adam and dicefg at 50 % foreground. */
interface SurgeRule extends Pick<Claim, "text" | "rule" | "original" | "boundary"> {
  readonly batchNorm: string;
  readonly isMet: (peaks: { readonly value: number; readonly norm: number }) => boolean;
}

function judgeSurge(runs: readonly RunSummary[], { batchNorm, isMet, ...claim }: SurgeRule): Claim {
  const own = runs
    .filter(({ keys }) => keys.get("optimizer") === "adam" && keys.get("batch_norm") === batchNorm)
    .filter(({ keys }) => Number(keys.get("threshold")) === 0.5 && keys.get("trained_loss") === "dicefg")
    .flatMap(earlyPeaks);
  if (own.length === 0) {
    return { ...claim, verdict: "not in this sweep", numbers: "" };
  }
  const met = own.filter(({ value, norm }) => isMet({ value: value.value, norm: norm.value }));
  return {
    ...claim,
    verdict: verdictOf(met.length === own.length),
    numbers: `${met.length} of ${own.length} runs; value up to ${formatPeaks(own.map(({ value }) => value))}; norm up to ${formatPeaks(own.map(({ norm }) => norm))}`,
  };
}

function earlyPeaks(run: RunSummary): readonly { readonly value: Peak; readonly norm: Peak }[] {
  const value = run.columns.get("cce_loss")?.earlyPeak;
  const norm = run.columns.get("cce_grad_norm")?.earlyPeak;
  return value && norm ? [{ value, norm }] : [];
}

function formatPeaks(peaks: readonly Peak[]): string {
  return peaks.map(({ value, step }) => `${value.toFixed(2)} (step ${step})`).join(", ");
}
