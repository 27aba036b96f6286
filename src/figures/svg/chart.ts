import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Style } from "../layout/palette.js";
import { compactNumbers } from "./compact.js";

/** A piece of a figure: SVG markup of its own size in px. */
export interface Piece {
  readonly markup: string;
  readonly width: number;
  readonly height: number;
}

/** A finished figure: one SVG document. */
export interface Chart {
  readonly svg: string;
  /** What is to be seen, in a sentence or two. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** The fonts of every figure, those of the reader's system first. */
export const fontFamily =
  "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', sans-serif";

export const fontSize = 12;

const ink = "#1b1f24";

/** Mean width of a bold letter of 15 px in the widest of the fonts. */
const titleLetter = 9.4;

// Plot draws into this page, which is never shown.
let page: object | undefined;

/** What Plot draws, as a piece; the options' width and height are asked for. */
export function plotted(
  options: Plot.PlotOptions & { readonly width: number; readonly height: number },
): Piece {
  page ??= parseHTML("<!doctype html><html><body></body></html>").document;
  const drawn = Plot.plot({ style: { fontSize: `${fontSize}px` }, ...options, document: page });
  const markup = drawn.outerHTML.replace(/<style>.*?<\/style>|<text[^>]*\/>/gs, "");
  return { markup: compactNumbers(markup), width: options.width, height: options.height };
}

/** Pieces under each other below a title, on white: a file that stands alone. `description` is for those who hear it. */
export function composeChart(title: string, description: string, pieces: readonly Piece[]): Chart {
  const width = Math.max(...pieces.map((piece) => piece.width), Math.ceil(28 + title.length * titleLetter));
  const head = 30;
  let y = head;
  const placed = pieces.map((piece) => {
    const markup = piece.markup.replace("<svg ", `<svg y="${y}" overflow="visible" `);
    y += piece.height;
    return markup;
  });
  const svg = ownClips(
    [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" `,
      `role="img" aria-label="${escapeMarkup(`${title}. ${description}`)}" color="${ink}" fill="currentColor" `,
      `font-family="${fontFamily}" font-size="${fontSize}">`,
      `<title>${escapeMarkup(title)}</title><desc>${escapeMarkup(description)}</desc>`,
      `<rect class="paper" width="${width}" height="${y}" fill="#fff"/>`,
      `<text x="14" y="20" font-size="15" font-weight="600">${escapeMarkup(title)}</text>`,
      ...placed,
      "</svg>\n",
    ].join(""),
  );
  return { svg, description, width, height: y };
}

/** Plot numbers its clips through the whole process; a figure's own numbers make its bytes the same wherever it is drawn. */
function ownClips(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replace(/plot-clip-\d+/g, (name) => {
    const number = numbers.get(name) ?? numbers.size + 1;
    numbers.set(name, number);
    return `clip-${number}`;
  });
}

/** One entry of a legend. */
export interface LegendEntry {
  readonly text: string;
  readonly style: Style;
  readonly mark: "line" | "symbol" | "ring";
}

/** A legend in as many lines as the width asks for. */
export function legend(entries: readonly LegendEntry[], width: number, lead = ""): Piece {
  const swatch = 26;
  const line = 20;
  let x = 14 + (lead === "" ? 0 : textWidth(lead) + 12);
  let y = line / 2;
  const placed = entries.map((entry) => {
    const size = swatch + 6 + textWidth(entry.text) + 20;
    if (x + size > width && x > 14) {
      x = 14;
      y += line;
    }
    const place = { ...entry, x, y };
    x += size;
    return place;
  });
  const height = y + line / 2 + 4;
  const marks = placed.map(({ style, mark, x: left, y: middle }) =>
    mark === "line"
      ? Plot.link([0], {
          x1: [left],
          x2: [left + swatch],
          y1: [middle],
          y2: [middle],
          stroke: style.colour,
          strokeWidth: 2,
          strokeDasharray: style.dash,
        })
      : Plot.dot([0], {
          x: [left + swatch / 2],
          y: [middle],
          ...(mark === "ring" ? { r: 2.5, stroke: style.colour } : { r: 3.5, fill: style.colour }),
          symbol: style.symbol,
        }),
  );
  return plotted({
    width,
    height,
    margin: 0,
    x: { axis: null, domain: [0, width], range: [0, width] },
    y: { axis: null, domain: [0, height], range: [0, height] },
    marks: [
      ...marks,
      Plot.text(placed, { x: (d) => d.x + swatch + 6, y: "y", text: "text", textAnchor: "start" }),
      Plot.text([lead], { x: [14], y: [line / 2], text: [lead], textAnchor: "start", fontWeight: 600 }),
    ],
  });
}

/** About how wide a text is in px: no font is at hand where figures are made. */
export function textWidth(text: string, size = fontSize): number {
  return (
    [...text].reduce((sum, char) => sum + (narrow.test(char) ? 0.34 : wide.test(char) ? 0.88 : 0.6), 0) * size
  );
}

const narrow = /[ .,:;'|!()[\]ijlft]/;
const wide = /[mwMW%@]/;

/** Text as it may stand in markup and attributes. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
