import { Resvg } from "@resvg/resvg-js";
import { exitCode, SeglossError } from "../../errors.js";
import type { Chart } from "./chart.js";

/** Pixels for each px of a figure: sharp on dense screens and in print. */
const density = 2;

const fonts = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" };

/** The figure as a PNG, twice its size in pixels. Throws SeglossError where the machine has no font for its texts. */
export function toPng(drawing: Chart): Buffer {
  refuseWithoutFonts();
  const fitTo = { mode: "width", value: drawing.width * density } as const;
  return new Resvg(drawing.svg, { font: fonts, fitTo }).render().asPng();
}

let checked = false;

/** Without any font the texts would be left out silently; an SVG has no such need. */
function refuseWithoutFonts(): void {
  if (checked) {
    return;
  }
  const sample = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">x</text></svg>`;
  if (new Resvg(sample, { font: fonts }).innerBBox() === undefined) {
    throw new SeglossError(
      "--format png: this machine has no font for the figure's texts; install one (Debian: fonts-dejavu-core), or write SVG",
      { exitCode: exitCode.usage },
    );
  }
  checked = true;
}
