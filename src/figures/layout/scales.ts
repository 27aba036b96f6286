/** A logarithmic domain with its ticks. */
export interface LogTicks {
  readonly domain: readonly [low: number, high: number];
  readonly ticks: readonly number[];
}

/**
 * Returns a domain around the positive numbers among `values`, with ticks at 1, 2 and 5 times the powers of ten, or over
 * many decades at powers of ten alone.
 */
export function logTicks(values: readonly number[]): LogTicks {
  const usable = values.filter((value) => Number.isFinite(value) && value > 0);
  const low = usable.length === 0 ? 0.1 : Math.min(...usable);
  const high = usable.length === 0 ? 1 : Math.max(...usable);
  const margin = Math.max((high / low) ** 0.06, 1.1);
  const domain = [low / margin, high * margin] as const;
  const decades = Math.log10(domain[1] / domain[0]);
  const factors = decades > 3 ? [1] : decades > 0.7 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 3, 4, 5, 6, 8];
  const stride = Math.ceil(decades / 7);
  const powers = Array.from({ length: 80 }, (_, i) => i - 40).filter((power) => power % stride === 0);
  const ticks = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
  return { domain, ticks: ticks.filter((tick) => tick >= domain[0] && tick <= domain[1]) };
}

/** Writes a number in few characters: 0.001, 25, 1e6. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
    return value.toExponential(0).replace("e+", "e");
  }
  return String(Number(value.toPrecision(3)));
}

/** Writes a step in few characters: 0, 500, 2k. */
export function shortStep(step: number): string {
  return step >= 1000 ? `${Number((step / 1000).toPrecision(4))}k` : String(step);
}

/** Returns the places that are at least `distance` from every place chosen before them. */
export function spacedPlaces(places: readonly number[], distance: number): readonly number[] {
  const chosen: number[] = [];
  for (const place of places) {
    if (chosen.every((other) => Math.abs(other - place) >= distance)) {
      chosen.push(place);
    }
  }
  return chosen;
}
