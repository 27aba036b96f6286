/** The highest value of a curve, with its step. */
export interface Peak {
  readonly value: number;
  readonly step: number;
}

/**
 * The first highest finite value up to and with step `until`, or null where there is none. An infinite value is no peak
 * but a run that has blown up: see `firstBroken`.
 */
export function findPeak(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  until = Number.POSITIVE_INFINITY,
): Peak | null {
  let best: Peak | null = null;
  for (let i = 0; i < values.length; i++) {
    const step = steps[i] ?? Number.NaN;
    const value = values[i] ?? Number.NaN;
    if (step <= until && Number.isFinite(value) && (best === null || value > best.value)) {
      best = { value, step };
    }
  }
  return best;
}

/** Returns the first step whose value is at least `level`, or null. */
export function firstStepReaching(
  steps: ArrayLike<number>,
  values: ArrayLike<number>,
  level: number,
): number | null {
  for (let i = 0; i < values.length; i++) {
    if ((values[i] ?? Number.NaN) >= level) {
      return steps[i] ?? null;
    }
  }
  return null;
}

/** Returns the first step whose value is NaN or infinite, or null. */
export function firstNonFiniteStep(steps: ArrayLike<number>, values: ArrayLike<number>): number | null {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      return steps[i] ?? null;
    }
  }
  return null;
}
