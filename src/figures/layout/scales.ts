import type { AxisLook } from "./facet-row.js";

/** A domain with its ticks. */
export interface Scale {
  readonly type: "linear" | "log";
  readonly domain: readonly [number, number];
  readonly ticks: number[];
}

/** A logarithmic scale around some positive numbers, ticked at 1, 2 and 5 or, over many decades, at powers of ten. */
export function logScale(values: readonly number[]): Scale {
  const usable = values.filter((value) => Number.isFinite(value) && value > 0);
  const low = Math.min(...usable, ...(usable.length === 0 ? [0.1] : []));
  const high = Math.max(...usable, ...(usable.length === 0 ? [1] : []));
  const margin = Math.max((high / low) ** 0.06, 1.1);
  const domain = [low / margin, high * margin] as const;
  const decades = Math.log10(domain[1] / domain[0]);
  const factors = decades > 3 ? [1] : decades > 0.7 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 3, 4, 5, 6, 8];
  const stride = Math.ceil(decades / 7);
  const powers = Array.from({ length: 80 }, (_, i) => i - 40).filter((power) => power % stride === 0);
  const ticks = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
  return { type: "log", domain, ticks: ticks.filter((tick) => tick >= domain[0] && tick <= domain[1]) };
}

/** A number as short text: 0.001, 25, 1e+6. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
    return value.toExponential(0).replace("e+", "e");
  }
  return String(Number(value.toPrecision(3)));
}

/** A step as short text: 0, 500, 2k. */
export function stepText(step: number): string {
  return step >= 1000 ? `${Number((step / 1000).toPrecision(4))}k` : String(step);
}

/** How steps stand below a panel. */
export const stepAxis: AxisLook = { label: "step", ticks: 5, tickFormat: stepText };

/** Those of the places, first come first served, that are at least `distance` apart. */
export function spaced(places: readonly number[], distance: number): readonly number[] {
  const kept: number[] = [];
  for (const place of places) {
    if (kept.every((k) => Math.abs(k - place) >= distance)) {
      kept.push(place);
    }
  }
  return kept;
}
