import { median } from "../../analysis/stats/estimates.js";

/** A curve: values over steps. */
interface StepCurve {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** The values of several curves at one step. Values that are not finite are left out; if there are no others, NaN. */
export interface Spread {
  readonly step: number;
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Returns the spread of curves at every step at which any of them has a value. */
export function spreadOf(curves: readonly StepCurve[]): readonly Spread[] {
  const byStep = new Map<number, number[]>();
  for (const { steps, values } of curves) {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i] ?? Number.NaN;
      const known = byStep.get(step) ?? [];
      known.push(values[i] ?? Number.NaN);
      byStep.set(step, known);
    }
  }
  return [...byStep]
    .toSorted(([a], [b]) => a - b)
    .map(([step, values]) => {
      const finite = values.filter(Number.isFinite);
      const isEmpty = finite.length === 0;
      return {
        step,
        median: median(finite),
        lowest: isEmpty ? Number.NaN : Math.min(...finite),
        highest: isEmpty ? Number.NaN : Math.max(...finite),
      };
    });
}
