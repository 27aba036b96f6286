import * as Plot from "@observablehq/plot";
import { type ChartPart, renderPlot } from "../svg/chart.js";
import { boldFactor, fontSize, textWidth } from "../svg/text.js";
import type { SeriesStyle } from "./palette.js";

/** What stands before an entry's text. */
export type LegendMark = "line" | "thick line" | "line and dot" | "dot" | "ring" | "band";

/** One entry of a legend. */
export interface LegendEntry {
  readonly text: string;
  readonly style: SeriesStyle;
  readonly mark: LegendMark;
}

/** The entries of a legend after a text that says what they are, which may be empty. */
export interface ChartLegend {
  readonly lead: string;
  readonly entries: readonly LegendEntry[];
}

const margin = 14;
const swatchWidth = 26;
const lineHeight = 20;

interface PlacedEntry extends LegendEntry {
  readonly x: number;
  readonly y: number;
}

/** Draws a legend of the given width in px, on as many lines as its entries need. */
export function renderLegend({ lead, entries }: ChartLegend, width: number): ChartPart {
  const placed = placeEntries(
    entries,
    width,
    lead === "" ? margin : margin + textWidth(lead, fontSize * boldFactor) + 12,
  );
  const height = (placed.at(-1)?.y ?? lineHeight / 2) + lineHeight / 2 + 4;
  return renderPlot({
    width,
    height,
    margin: 0,
    x: { axis: null, domain: [0, width], range: [0, width] },
    y: { axis: null, domain: [0, height], range: [0, height] },
    marks: [
      ...placed.flatMap(entryMarks),
      Plot.text(placed, { x: (d) => d.x + swatchWidth + 6, y: "y", text: "text", textAnchor: "start" }),
      Plot.text([lead], {
        x: [margin],
        y: [lineHeight / 2],
        text: [lead],
        textAnchor: "start",
        fontWeight: 600,
      }),
    ],
  });
}

function placeEntries(entries: readonly LegendEntry[], width: number, start: number): readonly PlacedEntry[] {
  let x = start;
  let y = lineHeight / 2;
  return entries.map((entry) => {
    const size = swatchWidth + 6 + textWidth(entry.text) + 20;
    if (x + size > width && x > margin) {
      x = margin;
      y += lineHeight;
    }
    const place = { ...entry, x, y };
    x += size;
    return place;
  });
}

function entryMarks({ style, mark, x, y }: PlacedEntry): readonly Plot.Markish[] {
  const span = { x1: [x], x2: [x + swatchWidth] };
  if (mark === "band") {
    return [Plot.rect([0], { ...span, y1: [y - 5], y2: [y + 5], fill: style.color, fillOpacity: 0.3 })];
  }
  const line = Plot.link([0], {
    ...span,
    y1: [y],
    y2: [y],
    stroke: style.color,
    strokeWidth: mark === "thick line" ? 3 : 2,
    strokeDasharray: style.dash,
  });
  const dot = Plot.dot([0], {
    x: [x + swatchWidth / 2],
    y: [y],
    ...(mark === "ring" ? { r: 2.5, stroke: style.color } : { r: 3.5, fill: style.color }),
    symbol: style.symbol,
  });
  return [...(mark.includes("line") ? [line] : []), ...(mark.endsWith("line") ? [] : [dot])];
}
