import * as Plot from "@observablehq/plot";
import { accuracyAt, errorScale } from "../../analysis/stats/error-scale.js";
import { convergedAccuracy } from "../../results/run-metrics.js";
import { referenceColor } from "../svg/chart.js";
import type { ChartAxis } from "./axes.js";
import { spacedPlaces } from "./scales.js";

// The most important ticks first: the later ones are drawn only where there is room.
const candidates = [0.99, 0.9, 0.999, 0.5, 0.95, 0.98, 0.995, 0.998, 0.8, 0.9998, 0];

/** Smallest distance of two tick labels in px, side by side and one below the other. */
const room = { across: 40, down: 15 } as const;

/** Returns an axis on the error scale, `size` px long. It spans at least .9 to .99. */
export function errorScaleAxis(
  accuracies: readonly number[],
  size: number,
  direction: keyof typeof room,
  label: string,
): ChartAxis {
  const places = accuracies.filter(Number.isFinite).map(errorScale);
  const low = Math.min(...places, errorScale(0.9));
  const high = Math.max(...places, errorScale(0.99));
  const margin = (high - low) * 0.05;
  const domain = [low - margin, high + margin] as const;
  const distance = (room[direction] * (domain[1] - domain[0])) / size;
  const visible = candidates.map(errorScale).filter((tick) => tick >= domain[0] && tick <= domain[1]);
  const ticks = spacedPlaces(visible, distance);
  return { label, scale: { domain }, ticks, tickFormat: accuracyLabel, room: direction === "down" ? 46 : 34 };
}

function accuracyLabel(place: number): string {
  return String(Number(accuracyAt(place).toFixed(4)));
}

/** Returns the line across an axis on the error scale at the accuracy from which a run counts as converged. */
export function convergedRule(direction: keyof typeof room): Plot.Markish {
  const look = { stroke: referenceColor, strokeWidth: 1.2 };
  const place = [errorScale(convergedAccuracy)];
  return direction === "across" ? Plot.ruleX(place, look) : Plot.ruleY(place, look);
}
