/** The highest value of a curve, with its step. */
export interface Peak {
  readonly value: number;
  readonly step: number;
}

/**
 * Returns the first highest finite value up to and including step `until`, or undefined if there is none. An infinite value
 * is not a peak but the sign of a run that has diverged: see `firstNonFiniteStep`.
 */
export function findPeak(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  until = Number.POSITIVE_INFINITY,
): Peak | undefined {
  let best: Peak | undefined;
  for (let i = 0; i < values.length; i++) {
    const step = steps[i] ?? Number.NaN;
    const value = values[i] ?? Number.NaN;
    if (step <= until && Number.isFinite(value) && (best === undefined || value > best.value)) {
      best = { value, step };
    }
  }
  return best;
}

/** Returns the first step whose value is at least `level`, or undefined. */
export function firstStepReaching(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  level: number,
): number | undefined {
  for (let i = 0; i < values.length; i++) {
    if ((values[i] ?? Number.NaN) >= level) {
      return steps[i];
    }
  }
  return undefined;
}

/** Returns the first step whose value is NaN or infinite, or undefined. */
export function firstNonFiniteStep(steps: ArrayLike<number>, values: ArrayLike<number>): number | undefined {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      return steps[i];
    }
  }
  return undefined;
}
