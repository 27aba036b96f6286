import type { Figure } from "../../figures/catalogue.js";
import type { ReportData } from "../data.js";
import { findingDetails, findingList } from "./finding-sections.js";
import { type PageLocation, pageFigure } from "./page-figure.js";
import { type PageSection, pageHead } from "./page-head.js";
import { cellsTable, differenceTables } from "./result-tables.js";
import { sortScript } from "./table.js";

/** The most figures of runs in a page. If there are more, it shows the lowest repetition of each setting alone. */
const mostRunFigures = 60;

/** A section with its content, in parts. Each figure is a part of its own and begins with "<figure". */
interface PageContent {
  readonly section: PageSection;
  readonly parts: Iterable<string>;
}

/**
 * Yields the report as an HTML page, part by part, since a page of many figures takes long to draw. `only` is the filter
 * of the runs. The page needs no network and no other file.
 */
export function* renderPage(
  data: ReportData,
  only: readonly string[],
  figures: readonly Figure[],
  location: PageLocation,
): Generator<string> {
  const contents = pageContents(data, figures, location);
  yield pageHead(
    data,
    only,
    contents.map(({ section }) => section),
  );
  for (const {
    section: [id, title],
    parts,
  } of contents) {
    yield `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>`;
    yield* parts;
    yield "</section>";
  }
  yield `</main><div class="live" role="status" aria-live="polite"></div><script>${sortScript}</script></body></html>\n`;
}

/** Returns how many of the figures the page shows. */
export function pageFigureCount(figures: readonly Figure[]): number {
  const { summaries, medians, shown } = splitFigures(figures);
  return summaries.length + medians.length + shown.length;
}

/** Returns the sections that have a content: results first, then what explains them. */
function pageContents(
  data: ReportData,
  figures: readonly Figure[],
  location: PageLocation,
): readonly PageContent[] {
  const { summaries, medians, ofRuns, shown } = splitFigures(figures);
  const isJudged = data.judged > 0;
  const note =
    shown.length === ofRuns.length
      ? ""
      : `<p>${shown.length} of ${ofRuns.length} figures: the lowest repetition of each setting. segloss plot draws all of them.</p>`;
  const all: readonly (PageContent & { readonly isPresent: boolean })[] = [
    { section: ["cells", "Results"], parts: [cellsTable(data)], isPresent: true },
    {
      section: ["findings", "The study's six findings"],
      parts: [findingList(data.findings)],
      isPresent: isJudged,
    },
    {
      section: ["summaries", "Summaries"],
      parts: figureParts(summaries, location),
      isPresent: summaries.length > 0,
    },
    {
      section: ["differences", "Paired differences"],
      parts: [differenceTables(data)],
      isPresent: data.overall.length > 0,
    },
    {
      section: ["rules", "The findings' rules and numbers"],
      parts: [findingDetails(data.findings)],
      isPresent: isJudged,
    },
    {
      section: ["medians", "Medians"],
      parts: figureParts(medians, location),
      isPresent: medians.length > 0,
    },
    { section: ["runs", "Runs"], parts: figureParts(shown, location, note), isPresent: true },
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

function splitFigures(figures: readonly Figure[]) {
  const medians = figures.filter((figure) => figure.kind === "median");
  const ofRuns = figures.filter((figure) => figure.kind === "runs");
  const summaries = figures.filter((figure) => !medians.includes(figure) && !ofRuns.includes(figure));
  if (ofRuns.length <= mostRunFigures) {
    return { summaries, medians, ofRuns, shown: ofRuns };
  }
  const lowest = Math.min(...ofRuns.flatMap((figure) => figure.runs.map((run) => run.run)));
  const ofLowest = ofRuns.filter((figure) => figure.runs.some((run) => run.run === lowest));
  return { summaries, medians, ofRuns, shown: ofLowest.slice(0, mostRunFigures) };
}
