import { Resvg } from "@resvg/resvg-js";
import { exitCode, SeglossError } from "../../errors.js";
import type { Chart } from "./chart.js";

/** Pixels for each px of a chart without a printed size, for dense screens. */
const screenDensity = 2;

/** Pixels for each inch of a printed chart. */
const printDensity = 300;

const fonts = { loadSystemFonts: true, defaultFontFamily: "DejaVu Sans", sansSerifFamily: "DejaVu Sans" };

/** Renders a chart as a PNG. Throws SeglossError if the machine has no font for the texts. */
export function renderPng(chart: Chart): Buffer {
  requireFonts();
  const { cmPerPx } = chart;
  const density = cmPerPx === undefined ? screenDensity : (cmPerPx / 2.54) * printDensity;
  const fitTo = { mode: "width", value: Math.round(chart.width * density) } as const;
  return new Resvg(chart.svg, { font: fonts, fitTo }).render().asPng();
}

let fontsFound = false;

/** Throws SeglossError if there is no font: resvg would leave out the texts without an error. */
function requireFonts(): void {
  if (fontsFound) {
    return;
  }
  const sample = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">x</text></svg>`;
  if (new Resvg(sample, { font: fonts }).innerBBox() === undefined) {
    throw new SeglossError(
      "--format png: this machine has no font for the texts; install one (on Debian: fonts-dejavu-core), or write SVG",
      { exitCode: exitCode.usage },
    );
  }
  fontsFound = true;
}
