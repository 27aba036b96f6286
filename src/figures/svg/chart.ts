import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { ChartOptions } from "../options.js";
import { compactMarkup } from "./compact.js";
import {
  boldFactor,
  escapeMarkup,
  fontFamily,
  fontSize,
  renumberClipPaths,
  titleSize,
  wrapText,
} from "./text.js";

/** A part of a chart: SVG markup with its size in px. */
export interface ChartPart {
  readonly markup: string;
  readonly width: number;
  readonly height: number;
}

/** A finished chart: one SVG document with its size in px. */
export interface Chart {
  readonly svg: string;
  /** What the chart shows, in one or two sentences. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** The printed size of a px in cm; undefined if the chart has no printed size. */
  readonly cmPerPx: number | undefined;
}

/** The color of texts, axes and the accuracy. */
export const ink = "#1b1f24";

/** The color of reference lines and of the original's runs. */
export const referenceColor = "#767676";

const margin = 14;
const titleLineHeight = 19;

// Plot needs a document to draw into; this one is never shown.
let hiddenDocument: object | undefined;

/** Draws with Observable Plot. */
export function renderPlot(
  options: Plot.PlotOptions & { readonly width: number; readonly height: number },
): ChartPart {
  hiddenDocument ??= parseHTML("<!doctype html><html><body></body></html>").document;
  const plot = Plot.plot({ style: { fontSize: `${fontSize}px` }, ...options, document: hiddenDocument });
  const markup = plot.outerHTML.replace(/<style>.*?<\/style>|<text[^>]*\/>/gs, "");
  return { markup: compactMarkup(markup), width: options.width, height: options.height };
}

/**
 * Stacks parts below a title, on white. The title is wrapped to the width of the parts. The description is for screen
 * readers.
 */
export function composeChart(
  title: string,
  description: string,
  parts: readonly ChartPart[],
  { title: hasTitle, cmPerPx }: ChartOptions,
): Chart {
  const width = Math.max(...parts.map((part) => part.width));
  const titleLines = hasTitle ? wrapText(title, width - 2 * margin, titleSize * boldFactor) : [];
  let height = titleLines.length === 0 ? 4 : 11 + titleLineHeight * titleLines.length;
  const placed = parts.map((part) => {
    const markup = part.markup.replace("<svg ", `<svg y="${height}" overflow="visible" `);
    height += part.height;
    return markup;
  });
  const size = (px: number) =>
    cmPerPx === undefined ? String(px) : `${Number((px * cmPerPx).toFixed(3))}cm`;
  const name = escapeMarkup(`${title}. ${description}`);
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${size(width)}" height="${size(height)}" `,
    `role="img" aria-label="${name}" color="${ink}" fill="currentColor" `,
    `font-family="${fontFamily}" font-size="${fontSize}">`,
    `<title>${escapeMarkup(title)}</title><desc>${escapeMarkup(description)}</desc>`,
    `<rect class="paper" width="${width}" height="${height}" fill="#fff"/>`,
    ...titleLines.map(
      (line, i) =>
        `<text x="${margin}" y="${20 + i * titleLineHeight}" font-size="${titleSize}" font-weight="600">${escapeMarkup(line)}</text>`,
    ),
    ...placed,
    "</svg>\n",
  ].join("");
  return { svg: renumberClipPaths(svg), description, width, height, cmPerPx };
}
