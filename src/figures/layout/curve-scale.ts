import type * as Plot from "@observablehq/plot";
import { logTicks, shortNumber } from "./scales.js";

/** The vertical scale of a facet of curves, from its lowest to its highest value. */
export interface CurveScale {
  readonly low: number;
  readonly high: number;
  readonly options: Plot.ScaleOptions;
  readonly ticks: number | readonly number[];
  readonly tickFormat: ((value: number) => string) | undefined;
  /** Returns the value at a fraction of the height, 0 at the bottom. */
  readonly at: (fraction: number) => number;
}

/** Returns a scale from 0 to a value. */
export function linearCurveScale(high: number): CurveScale {
  return {
    low: 0,
    high,
    options: { domain: [0, high] },
    ticks: 5,
    tickFormat: undefined,
    at: (fraction) => fraction * high,
  };
}

/** The most decades that a logarithmic scale spans, so that a curve that falls to 0 does not flatten the others. */
const mostDecades = 8;

/** Returns a logarithmic scale around the positive values, which ends at `limit` where there is one. */
export function logCurveScale(values: readonly number[], limit: number | undefined): CurveScale {
  const usable = values.filter((value) => value > 0 && Number.isFinite(value));
  const highest = usable.reduce((a, b) => Math.max(a, b), limit ?? 1e-30);
  const floor = highest / 10 ** mostDecades;
  const lowest = usable.filter((value) => value >= floor).reduce((a, b) => Math.min(a, b), highest);
  const { domain, ticks } = logTicks([lowest, highest]);
  const low = domain[0];
  const high = limit ?? domain[1];
  return {
    low,
    high,
    options: { type: "log", domain: [low, high] },
    ticks: ticks.filter((tick) => tick <= high),
    tickFormat: shortNumber,
    at: (fraction) => low * (high / low) ** fraction,
  };
}
