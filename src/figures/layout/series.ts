import { type Axis, axesOf, groupByKeys } from "../../analysis/axes.js";
import { keyLabel, tickLabel } from "../../analysis/labels.js";
import type { RunSummary } from "../../analysis/run-summary.js";
import { convergedAccuracy } from "../../results/run-metrics.js";
import { losses } from "../../study/losses.js";
import { pluralize } from "../../terminal/messages.js";
import { referenceColor } from "../svg/chart.js";
import type { ChartLegend, LegendEntry, LegendMark } from "./legend.js";
import { type SeriesStyle, stylesOf } from "./palette.js";

/** What the colors, dashes and symbols of a chart stand for. */
export interface ChartSeries {
  /** What the series are, before the first entry of the legend. */
  readonly lead: string;
  /** A style for every series; a chart without series has the one series "". */
  readonly styles: ReadonlyMap<string, SeriesStyle>;
  readonly textOf: (series: string) => string;
}

/** Returns the values of an axis as series, or one series without a name where there is no axis. */
export function axisSeries(axis: Axis | undefined): ChartSeries {
  const key = axis?.key ?? "";
  return {
    lead: keyLabel(key),
    styles: stylesOf(key, axis?.values ?? [""]),
    textOf: key === "trained_loss" ? lossText : (value) => tickLabel(key, value),
  };
}

/** Returns losses as series, each in the style that it has everywhere. */
export function lossSeries(names: readonly string[], lead: string): ChartSeries {
  return { lead, styles: stylesOf("trained_loss", names), textOf: lossText };
}

/** A legend entry for marks that are not those of one series; in the color of texts by default. */
export interface CommonEntry extends Pick<LegendEntry, "text" | "mark"> {
  readonly color?: string;
}

/** The legend entry of `convergedRule`. */
export const convergedEntry: CommonEntry = {
  text: `converged, ${convergedAccuracy}`,
  mark: "line",
  color: referenceColor,
};

/** Returns the legend of the series that are drawn, except one without a name, and of the marks that all of them have. */
export function seriesLegend(
  { lead, styles, textOf }: ChartSeries,
  mark: LegendMark,
  drawn: ReadonlySet<string>,
  common: readonly CommonEntry[],
): ChartLegend {
  const named = [...styles].filter(([value]) => value !== "" && drawn.has(value));
  return {
    lead: named.length === 0 ? "" : lead,
    entries: [
      ...named.map(([value, style]) => ({ text: textOf(value), style, mark })),
      ...common.map(({ text, mark: sign, color = "currentColor" }) => ({
        text,
        mark: sign,
        style: { color, dash: "none", symbol: "circle" as const },
      })),
    ],
  };
}

/** Returns how many runs the cells of a chart have: "3 runs", "1 to 3 runs". */
export function runsPerCell(runs: readonly RunSummary[]): string {
  const keys = axesOf(runs).map((axis) => axis.key);
  const counts = groupByKeys(runs, keys).map((cell) => cell.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? pluralize(most, "run") : `${least} to ${most} runs`;
}

/** Returns a loss's name with its title where they differ: "dicefg (foreground Dice)", "dice". */
export function lossText(name: string): string {
  const title = Object.entries(losses).find(([known]) => known === name)?.[1].title;
  return title === undefined || title.toLowerCase() === name ? name : `${name} (${title})`;
}
