import type { RunCurves } from "../../analysis/run-curves.js";
import { embedCurves } from "../../explorer/embed.js";
import { explorerPage } from "../../explorer/page-html.js";
import { createSweepIndex } from "../../explorer/sweep-index.js";
import type { Figure } from "../../figures/catalogue.js";
import { darkColors } from "../../figures/layout/palette.js";
import type { ReportData } from "../data.js";
import { type PageLocation, pageFigure } from "./page-figure.js";
import { type PageSection, pageHead } from "./page-head.js";
import { cellsTable, differenceTables } from "./result-tables.js";
import { sweepFacts } from "./sweep-facts.js";

// A series' color is an attribute of its marks. On a dark page a rule replaces it.
const darkMarks = `@media screen and (prefers-color-scheme:dark){${[...darkColors]
  .map(([light, dark]) => `svg [stroke="${light}"]{stroke:${dark}}svg [fill="${light}"]{fill:${dark}}`)
  .join("")}}`;

/** A section with its content, in parts. Each figure is a part of its own and begins with "<figure". */
interface PageContent {
  readonly section: PageSection;
  readonly parts: Iterable<string>;
}

/**
 * Yields the report as an HTML page: the explorer, then tables and figures, which the page prints. It comes part by part,
 * since a page of many figures takes long to draw.
 */
export async function* renderPage(
  data: ReportData,
  figures: readonly Figure[],
  location: PageLocation,
): AsyncGenerator<string> {
  const contents = pageContents(data, figures, location);
  const facts = sweepFacts(data, location);
  const index = createSweepIndex(facts);
  // The index has the runs cell by cell, as the grid orders them.
  const curves = new Map(
    index.runs.flatMap(({ id }, i) => {
      const found: RunCurves | undefined = data.runs[i]?.curves;
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
  yield* explorerPage({
    title: data.name,
    source: { kind: "embedded", index },
    curves: embedCurves(curves),
    style: darkMarks,
    head: pageHead(
      data,
      contents.map(({ section }) => section),
    ),
    sections: sectionParts(contents),
  });
}

function* sectionParts(contents: readonly PageContent[]): Generator<string> {
  for (const {
    section: [id, title],
    parts,
  } of contents) {
    yield `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>`;
    yield* parts;
    yield "</section>";
  }
}

/** Returns the figures that the page shows: all but those of single runs, unless there are no others. */
export function pageFigures(figures: readonly Figure[]): readonly Figure[] {
  const ofSeveral = figures.filter(({ kind }) => kind !== "runs");
  return ofSeveral.length === 0 ? figures.slice(0, mostRunFigures) : ofSeveral;
}

/** The most figures of single runs in a page. */
const mostRunFigures = 12;

/** Returns the sections that have a content. */
function pageContents(
  data: ReportData,
  figures: readonly Figure[],
  location: PageLocation,
): readonly PageContent[] {
  const shown = pageFigures(figures);
  const note =
    shown.length === figures.length
      ? ""
      : `<p>${shown.length} of ${figures.length} figures, as the page prints them. segloss plot draws all of them, also those of single runs.</p>`;
  const all: readonly (PageContent & { readonly isPresent: boolean })[] = [
    { section: ["cells", "Results"], parts: [cellsTable(data)], isPresent: true },
    {
      section: ["differences", "Paired differences"],
      parts: [differenceTables(data)],
      isPresent: data.overall.length > 0,
    },
    { section: ["figures", "Figures"], parts: figureParts(shown, location, note), isPresent: true },
  ];
  return all.filter(({ isPresent }) => isPresent);
}

/** Yields figures in a grid, after a note. They are drawn when they are asked for. */
function* figureParts(figures: readonly Figure[], location: PageLocation, note = ""): Generator<string> {
  yield `${note}<div class="figures">`;
  for (const figure of figures) {
    yield pageFigure(figure, location);
  }
  yield "</div>";
}
