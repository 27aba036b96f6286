import { existsSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { DOMParser } from "linkedom";
import PDFDocument from "pdfkit";
import type { Chart } from "./chart.js";
import { type ElementStyle, initialStyle, lengthOf, numberOf, type SvgElement, styleOf } from "./element.js";

// Draws the SVG elements that charts consist of into a PDF: groups, lines, paths, rectangles, circles, clips and texts.

/** Points for each px of a chart without a printed size: a px is 1/96 inch. */
const pointsPerPx = 0.75;

const pointsPerCm = 72 / 2.54;

/** Fonts to embed, the first that is installed: regular and bold. Without any, the standard font Helvetica is named. */
const fontFiles = [
  [
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
  ],
  ["/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"],
  [
    "/usr/share/fonts/liberation-sans/LiberationSans-Regular.ttf",
    "/usr/share/fonts/liberation-sans/LiberationSans-Bold.ttf",
  ],
  [
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
    "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans-Bold.ttf",
  ],
  ["/usr/share/fonts/TTF/DejaVuSans.ttf", "/usr/share/fonts/TTF/DejaVuSans-Bold.ttf"],
  ["/System/Library/Fonts/Supplemental/Arial.ttf", "/System/Library/Fonts/Supplemental/Arial Bold.ttf"],
] as const;

/** Renders a chart as a PDF of one page in its printed size. Fonts are embedded. The bytes do not depend on the time. */
export async function renderPdf(chart: Chart): Promise<Buffer> {
  const scale = chart.cmPerPx === undefined ? pointsPerPx : chart.cmPerPx * pointsPerCm;
  const page = new PDFDocument({
    size: [chart.width * scale, chart.height * scale],
    margin: 0,
    info: { Subject: chart.description, CreationDate: new Date(0) },
  });
  const bytes = buffer(page);
  const [regular, bold] = fontFiles.find((files) => files.every(existsSync)) ?? [
    "Helvetica",
    "Helvetica-Bold",
  ];
  page.registerFont("regular", regular).registerFont("bold", bold).scale(scale);
  const { documentElement } = new DOMParser().parseFromString(chart.svg, "image/svg+xml");
  const root = documentElement as unknown as SvgElement;
  drawElement(root, initialStyle, { page, root });
  page.end();
  return bytes;
}

type PdfPage = InstanceType<typeof PDFDocument>;

/** What is drawn into, and the whole chart, in which clips are found. */
interface PdfTarget {
  readonly page: PdfPage;
  readonly root: SvgElement;
}

function drawElement(element: SvgElement, inherited: ElementStyle, target: PdfTarget): void {
  const { page } = target;
  const style = styleOf(element, inherited);
  page.save();
  placeElement(element, target);
  switch (element.localName) {
    case "svg":
    case "g":
      for (const child of element.children) {
        drawElement(child, style, target);
      }
      break;
    case "text":
      drawText(element, style, page);
      break;
    case "path":
      paint(page.path(element.getAttribute("d") ?? ""), style);
      break;
    case "line":
      paint(
        page
          .moveTo(numberOf(element, "x1"), numberOf(element, "y1"))
          .lineTo(numberOf(element, "x2"), numberOf(element, "y2")),
        { ...style, fill: "none" },
      );
      break;
    case "rect":
      paint(addRect(element, page), style);
      break;
    case "circle":
      paint(page.circle(numberOf(element, "cx"), numberOf(element, "cy"), numberOf(element, "r")), style);
      break;
  }
  page.restore();
}

/** Applies an element's position, transform and clip to what is drawn next. */
function placeElement(element: SvgElement, { page, root }: PdfTarget): void {
  if (element.localName === "svg") {
    page.translate(0, numberOf(element, "y"));
  }
  const transform = element.getAttribute("transform") ?? "";
  for (const [, name, values = ""] of transform.matchAll(/(translate|rotate)\(([^)]*)\)/g)) {
    const [x = 0, y = 0] = values.split(/[ ,]+/).map(Number);
    if (name === "translate") {
      page.translate(x, y);
    } else {
      page.rotate(x, { origin: [0, 0] });
    }
  }
  const clip = /^url\(#(.*)\)$/.exec(element.getAttribute("clip-path") ?? "")?.[1];
  const shape = clip === undefined ? undefined : findById(root, clip)?.children[0];
  if (shape !== undefined) {
    addRect(shape, page).clip();
  }
}

function findById(element: SvgElement, id: string): SvgElement | undefined {
  if (element.getAttribute("id") === id) {
    return element;
  }
  for (const child of element.children) {
    const found = findById(child, id);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function addRect(element: SvgElement, page: PdfPage): PdfPage {
  return page.rect(
    numberOf(element, "x"),
    numberOf(element, "y"),
    numberOf(element, "width"),
    numberOf(element, "height"),
  );
}

/** Fills and strokes the path that was begun. */
function paint(page: PdfPage, style: ElementStyle): void {
  const isFilled = style.fill !== "none";
  const isStroked = style.stroke !== "none";
  setPaint(page, style);
  if (isFilled && isStroked) {
    page.fillAndStroke();
  } else if (isFilled) {
    page.fill();
  } else if (isStroked) {
    page.stroke();
  }
}

function setPaint(page: PdfPage, style: ElementStyle): void {
  page.fillOpacity(style.fillOpacity).strokeOpacity(style.strokeOpacity);
  if (style.fill !== "none") {
    page.fillColor(style.fill);
  }
  if (style.stroke !== "none") {
    page.strokeColor(style.stroke).lineWidth(style.strokeWidth).lineCap(style.cap).lineJoin(style.join);
    if (style.dash === "none") {
      page.undash();
    } else {
      // A list of lengths, which the types of pdfkit lack.
      page.dash(style.dash.split(/[ ,]+/).map(Number) as never, {});
    }
  }
}

/** Draws a text, or the lines that it consists of. A text with a stroke has it behind its letters, as a halo. */
function drawText(element: SvgElement, style: ElementStyle, page: PdfPage): void {
  const lines = element.children.length === 0 ? [element] : [...element.children];
  let baseline = 0;
  page.font(style.isBold ? "bold" : "regular").fontSize(style.fontSize);
  for (const line of lines) {
    const text = line.textContent ?? "";
    baseline =
      (line.getAttribute("y") === null ? baseline : lengthOf(line, "y", style)) + lengthOf(line, "dy", style);
    const width = page.widthOfString(text);
    const shift = { start: 0, middle: width / 2, end: width }[style.anchor] ?? 0;
    const place = [text, numberOf(line, "x") - shift, baseline] as const;
    const options = { lineBreak: false, baseline: "alphabetic" } as const;
    setPaint(page, style);
    if (style.stroke !== "none") {
      page.text(...place, { ...options, stroke: true, fill: false });
    }
    page.text(...place, { ...options, stroke: false, fill: true });
  }
}
