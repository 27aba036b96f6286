import { lossNames } from "../../study/losses.js";

/** How a series is told apart: by colour on a screen, by dashes and symbol where there is none. */
export interface Style {
  readonly colour: string;
  /** Of an SVG stroke-dasharray; "none" for a solid line. */
  readonly dash: string;
  readonly symbol: "circle" | "square" | "triangle" | "diamond" | "cross" | "star" | "wye" | "times";
}

// Okabe and Ito's colours, made to be told apart with any colour vision, then a brown and a grey that keep their distance
// from them in simulations of all three kinds of colour blindness.
const styles: readonly Style[] = [
  { colour: "#0072B2", dash: "none", symbol: "circle" },
  { colour: "#D55E00", dash: "none", symbol: "square" },
  { colour: "#E69F00", dash: "5 2", symbol: "diamond" },
  { colour: "#009E73", dash: "none", symbol: "triangle" },
  { colour: "#56B4E9", dash: "5 2", symbol: "wye" },
  { colour: "#CC79A7", dash: "8 2 2 2", symbol: "star" },
  { colour: "#5A3A00", dash: "2 2", symbol: "cross" },
  { colour: "#8C8C8C", dash: "8 3", symbol: "times" },
];

/** The same colours lightened for a dark page, in the same order. */
export const darkColours: readonly string[] = [
  "#4C9FDB",
  "#EE7733",
  "#F5C04A",
  "#2BBE94",
  "#9FDCFF",
  "#E79AC4",
  "#C49A6C",
  "#B5B5B5",
];

/** The colours in the order of `darkColours`. */
export const lightColours: readonly string[] = styles.map((style) => style.colour);

const plain: Style = { colour: "#0072B2", dash: "none", symbol: "circle" };

/**
 * A style for every value of a key. A loss has the same one everywhere, whatever else a sweep holds; the values of any
 * other key take them in turn.
 */
export function stylesOf(key: string, values: readonly string[]): ReadonlyMap<string, Style> {
  if (key !== "trained_loss") {
    return new Map(values.map((value, i) => [value, styleAt(i)]));
  }
  const names: readonly string[] = lossNames;
  const known = (loss: string) => names.indexOf(loss);
  const strangers = values.filter((loss) => known(loss) < 0);
  const place = (loss: string) => (known(loss) < 0 ? names.length + strangers.indexOf(loss) : known(loss));
  return new Map(values.map((loss) => [loss, styleAt(place(loss))]));
}

function styleAt(place: number): Style {
  return styles[place % styles.length] ?? plain;
}
