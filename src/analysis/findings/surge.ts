import { earlySteps, type RunSummary } from "../run-summary.js";
import type { Peak } from "../stats/peak.js";
import { type Claim, verdictOf } from "./claim.js";

/** A surge passes both in the first steps: cce's value, and the moving average of its gradient norm. */
const surgeValue = 1;
const surgeNorm = 1.5;

/** Finding 4: dicefg at 50 % foreground makes cce shoot up at the beginning, under Adam without batch norm only. */
export function surgeClaims(runs: readonly RunSummary[]): readonly Claim[] {
  const rule = `in the first ${earlySteps} steps`;
  return [
    claimOf(runs, {
      text: "Adam without batch norm: cce's value shoots up",
      rule: `${rule} of every run the 11-step average of cce passes ${surgeValue}`,
      batchNorm: "false",
      passes: ({ value }) => value > surgeValue,
      original: "past 1 in its figures",
    }),
    claimOf(runs, {
      text: "Adam without batch norm: cce's gradient norm shoots up",
      rule: `${rule} of every run the 201-step average of cce's norm passes ${surgeNorm}`,
      batchNorm: "false",
      passes: ({ norm }) => norm > surgeNorm,
      original: "1.9 to 3.3 near steps 150 to 200 in its figures",
    }),
    claimOf(runs, {
      text: "Adam with batch norm: no surge",
      rule: `${rule} of no run both are passed`,
      batchNorm: "true",
      passes: ({ value, norm }) => !(value > surgeValue && norm > surgeNorm),
      original: "none in its figures",
      boundary: true,
    }),
  ];
}

interface SurgeClaim extends Pick<Claim, "text" | "rule" | "original" | "boundary"> {
  readonly batchNorm: string;
  readonly passes: (peaks: { readonly value: number; readonly norm: number }) => boolean;
}

function claimOf(runs: readonly RunSummary[], { batchNorm, passes, ...said }: SurgeClaim): Claim {
  const own = runs
    .filter(({ keys }) => keys.get("optimizer") === "adam" && keys.get("batch_norm") === batchNorm)
    .filter(({ keys }) => Number(keys.get("threshold")) === 0.5 && keys.get("trained_loss") === "dicefg")
    .flatMap((run) => peaksOf(run));
  if (own.length === 0) {
    return { ...said, verdict: "not in this sweep", numbers: "" };
  }
  const passed = own.filter(({ value, norm }) => passes({ value: value.value, norm: norm.value }));
  return {
    ...said,
    verdict: verdictOf(passed.length === own.length),
    numbers: `${passed.length} of ${own.length} runs; value up to ${range(own.map(({ value }) => value))}; norm up to ${range(own.map(({ norm }) => norm))}`,
  };
}

function peaksOf(run: RunSummary): readonly { readonly value: Peak; readonly norm: Peak }[] {
  const value = run.columns.get("cce_loss")?.earlyPeak;
  const norm = run.columns.get("cce_grad_norm")?.earlyPeak;
  return value && norm ? [{ value, norm }] : [];
}

function range(peaks: readonly Peak[]): string {
  return peaks.map(({ value, step }) => `${value.toFixed(2)} (step ${step})`).join(", ");
}
