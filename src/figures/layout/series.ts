import type { Axis } from "../../analysis/axes.js";
import { keyLabel, tickLabel } from "../../analysis/labels.js";
import { losses } from "../../study/losses.js";
import type { ChartLegend, LegendMark } from "./legend.js";
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

/** Returns the legend of the series, or undefined where there is only the one without a name. */
export function seriesLegend(
  { lead, styles, textOf }: ChartSeries,
  mark: LegendMark,
): ChartLegend | undefined {
  if (styles.has("")) {
    return undefined;
  }
  return { lead, entries: [...styles].map(([value, style]) => ({ text: textOf(value), style, mark })) };
}

/** Returns a loss's name with its title where they differ: "dicefg (foreground Dice)", "dice". */
export function lossText(name: string): string {
  const title = Object.entries(losses).find(([known]) => known === name)?.[1].title;
  return title === undefined || title.toLowerCase() === name ? name : `${name} (${title})`;
}
