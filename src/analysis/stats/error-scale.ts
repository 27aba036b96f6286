import type { AxisLook } from "../../figures/layout/facet-row.js";
import { spaced } from "../../figures/layout/scales.js";

/** Where an accuracy is drawn: every further nine (.9, .99, .999) takes the same room. */
export function errorScale(accuracy: number): number {
  return -Math.log10(Math.max(1 - accuracy, 1e-4));
}

// Those that matter most first: the later ones stand only where there is room.
const candidates = [0.99, 0.9, 0.999, 0.5, 0.95, 0.98, 0.995, 0.998, 0.8, 0.9998, 0];

/** The least distance of two tick labels in px, side by side and under each other. */
const room = { across: 40, down: 15 } as const;

/** Domain, ticks and texts of an axis in nines, `size` px long; it spans .9 to .99 at least. */
export function errorScaleAxis(
  accuracies: readonly number[],
  size: number,
  direction: keyof typeof room,
  label: string,
): AxisLook & { readonly domain: readonly number[] } {
  const places = accuracies.filter(Number.isFinite).map(errorScale);
  const low = Math.min(...places, errorScale(0.9));
  const high = Math.max(...places, errorScale(0.99));
  const margin = (high - low) * 0.05;
  const domain = [low - margin, high + margin] as const;
  const distance = (room[direction] * (domain[1] - domain[0])) / size;
  const visible = candidates.map(errorScale).filter((tick) => tick >= domain[0] && tick <= domain[1]);
  const ticks = spaced(visible, distance);
  return { domain, ticks, label, tickFormat: ninesText };
}

function ninesText(place: number): string {
  return String(Number((1 - 10 ** -place).toFixed(4)));
}
