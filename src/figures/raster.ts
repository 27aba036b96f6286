import { Resvg } from "@resvg/resvg-js";
import type { Drawing } from "./drawing.js";

/** Pixels for each px of a figure: sharp on dense screens and in print. */
const density = 2;

const fonts = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" };

/** The figure as a PNG, twice its size in pixels. Throws SeglossError where the machine has no font. */
export function toPng(drawing: Drawing): Buffer {
  const picture = new Resvg(drawing.svg, {
    font: fonts,
    fitTo: { mode: "width", value: drawing.width * density },
  });
  return picture.render().asPng();
}
