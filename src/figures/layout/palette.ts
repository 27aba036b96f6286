import type { Axis } from "../../analysis/axes.js";
import { lossNames } from "../../study/losses.js";

/** How a series is drawn: its color, and its dashes and symbol where there is no color. */
export interface SeriesStyle {
  readonly color: string;
  /** An SVG stroke-dasharray; "none" for a solid line. */
  readonly dash: string;
  readonly symbol: SeriesSymbol;
}

// Symbols of Plot that have an area: the others would be invisible, since dots are filled.
const symbols = ["circle", "square", "diamond", "triangle", "wye", "star", "cross", "hexagon"] as const;

export type SeriesSymbol = (typeof symbols)[number];

const dashes = ["none", "5 2", "8 2 2 2", "2 2", "12 4", "8 2 2 2 2 2", "1 3", "14 3 3 3"] as const;

/** A color on a white page and on a dark one, with the dashes and the symbol of its first series. */
interface PaletteEntry {
  readonly light: string;
  readonly dark: string;
  readonly dash: (typeof dashes)[number];
  readonly symbol: SeriesSymbol;
}

// The losses: the colors of Okabe and Ito (https://jfly.uni-koeln.de/color/), which can be told apart with any color vision, then a
// brown and a gray that keep their distance from them in simulations of all three kinds of color blindness.
const lossPalette: readonly PaletteEntry[] = [
  { light: "#0072B2", dark: "#4C9FDB", dash: "none", symbol: "circle" },
  { light: "#D55E00", dark: "#EE7733", dash: "none", symbol: "square" },
  { light: "#E69F00", dark: "#F5C04A", dash: "5 2", symbol: "diamond" },
  { light: "#009E73", dark: "#2BBE94", dash: "none", symbol: "triangle" },
  { light: "#56B4E9", dark: "#9FDCFF", dash: "5 2", symbol: "wye" },
  { light: "#CC79A7", dark: "#E79AC4", dash: "8 2 2 2", symbol: "star" },
  { light: "#5A3A00", dark: "#C49A6C", dash: "2 2", symbol: "cross" },
  { light: "#8C8C8C", dark: "#B5B5B5", dash: "12 4", symbol: "hexagon" },
];

// All other keys, so that the colors of the losses mean losses: from Tol's muted scheme (https://personal.sron.nl/~pault/).
const otherPalette: readonly PaletteEntry[] = [
  { light: "#332288", dark: "#A79BF0", dash: "none", symbol: "circle" },
  { light: "#CC6677", dark: "#F09AA8", dash: "none", symbol: "square" },
  { light: "#999933", dark: "#CFCF6A", dash: "5 2", symbol: "diamond" },
  { light: "#882255", dark: "#D0608F", dash: "8 2 2 2", symbol: "triangle" },
  { light: "#44AA99", dark: "#6FD6C5", dash: "2 2", symbol: "wye" },
  { light: "#5D6B7A", dark: "#A9B8C6", dash: "12 4", symbol: "star" },
];

/** The color that replaces each color of a series on a dark page. */
export const darkColors: ReadonlyMap<string, string> = new Map(
  [...lossPalette, ...otherPalette].map(({ light, dark }) => [light, dark]),
);

/** Returns the style of the loss at a place, counted from 0. */
export function lossStyle(place: number): SeriesStyle {
  return styleAt(place, lossPalette);
}

/** Returns the style of the value of any other key at a place, counted from 0. */
export function otherStyle(place: number): SeriesStyle {
  return styleAt(place, otherPalette);
}

/**
 * Returns the style of a series. The colors of a palette repeat, each time with the next dashes and the next symbol. So 8
 * times as many lines as there are colors are distinct, and as many dots, and 64 times as many lines with dots.
 */
function styleAt(place: number, palette: readonly PaletteEntry[]): SeriesStyle {
  const { light, dash, symbol } = entryOf(palette, place);
  const round = Math.floor(place / palette.length);
  return {
    color: light,
    dash: entryOf(dashes, dashes.indexOf(dash) + round),
    symbol: entryOf(symbols, symbols.indexOf(symbol) + round + Math.floor(round / dashes.length)),
  };
}

/**
 * Returns a style for every value of a key. A loss has the same style in every figure, whatever else is drawn; the values
 * of any other key take the styles in order.
 */
export function stylesOf(key: Axis["key"], values: readonly string[]): ReadonlyMap<string, SeriesStyle> {
  if (key !== "trained_loss") {
    return new Map(values.map((value, i) => [value, otherStyle(i)]));
  }
  const known: readonly string[] = lossNames;
  const all = [...known, ...values.filter((loss) => !known.includes(loss))];
  return new Map(values.map((loss) => [loss, lossStyle(all.indexOf(loss))]));
}

function entryOf<Entry>(list: readonly Entry[], place: number): Entry {
  return list[place % list.length] as Entry;
}
