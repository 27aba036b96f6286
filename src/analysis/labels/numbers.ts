import type { Estimate } from "../stats/estimates.js";

/** A mean with its 95 % interval: "+0.0132 [0.0101, 0.0163], 3 runs". */
export function estimateText({ mean, low, high, runs }: Estimate, decimals: number, signed = false): string {
  const sign = signed && mean > 0 ? "+" : "";
  const interval =
    low === null || high === null ? "" : ` [${low.toFixed(decimals)}, ${high.toFixed(decimals)}]`;
  return `${sign}${mean.toFixed(decimals)}${interval}, ${runs} run${runs === 1 ? "" : "s"}`;
}

/** A number in few digits: 0.00123, 12.3, 1.2e-8, 4.5e+6. */
export function digits(value: number, significant = 3): string {
  if (!Number.isFinite(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 10 ** significant)) {
    return value.toExponential(Math.max(0, significant - 2));
  }
  return value.toPrecision(significant);
}
