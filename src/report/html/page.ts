import type { Figure } from "../../figures/catalogue.js";
import { escapeMarkup } from "../../figures/svg/text.js";
import type { ReportData } from "../data.js";
import { formatHead } from "../text.js";
import { findingDetails, findingList } from "./finding-sections.js";
import { type PageLocation, pageFigure } from "./page-figure.js";
import { cellsTable, differenceTables } from "./result-tables.js";
import { pageStyle } from "./style.js";
import { sortScript } from "./table.js";

/** The most figures of runs in a page. If there are more, it shows the lowest repetition of each setting alone. */
const mostRunFigures = 60;

/**
 * Yields the report as an HTML page, part by part, since a page of many figures is long to draw. It needs no network and
 * no other file. Each figure is a part of its own and begins with "<figure".
 */
export function* renderPage(
  data: ReportData,
  figures: readonly Figure[],
  location: PageLocation,
): Generator<string> {
  const { summaries, medians, ofRuns, shown } = splitFigures(figures);
  const isJudged = data.judged > 0;
  yield pageHead(data, summaries.length > 0, medians.length > 0);
  yield* isJudged
    ? [section("findings", "The study's six findings", findingList(data.findings))]
    : ownResults(data);
  if (summaries.length > 0) {
    yield sectionStart("summaries", "Summaries");
    for (const figure of summaries) {
      yield pageFigure(figure, location);
    }
    yield "</section>";
  }
  if (isJudged) {
    yield section("rules", "The findings' rules and numbers", findingDetails(data.findings));
    yield* ownResults(data);
  }
  if (medians.length > 0) {
    yield sectionStart("medians", "Medians");
    for (const figure of medians) {
      yield pageFigure(figure, location);
    }
    yield "</section>";
  }
  yield sectionStart("runs", "Runs");
  if (shown.length < ofRuns.length) {
    yield `<p>${shown.length} of ${ofRuns.length} figures: the lowest repetition of each setting. segloss plot draws all of them.</p>`;
  }
  for (const figure of shown) {
    yield pageFigure(figure, location);
  }
  yield `</section></main><div class="live" role="status" aria-live="polite"></div><script>${sortScript}</script></body></html>\n`;
}

/** Yields the tables of the sweep itself. A sweep that the study's findings do not apply to begins with them. */
function* ownResults(data: ReportData): Generator<string> {
  yield section("cells", "Cells", cellsTable(data));
  if (data.overall.length > 0) {
    yield section("differences", "Paired differences", differenceTables(data));
  }
}

/** Returns how many of the figures the page shows. */
export function pageFigureCount(figures: readonly Figure[]): number {
  const { summaries, medians, shown } = splitFigures(figures);
  return summaries.length + medians.length + shown.length;
}

function splitFigures(figures: readonly Figure[]) {
  const summaries = figures.filter((figure) => figure.kind !== "runs" && figure.kind !== "median");
  const medians = figures.filter((figure) => figure.kind === "median");
  const ofRuns = figures.filter((figure) => figure.kind === "runs");
  if (ofRuns.length <= mostRunFigures) {
    return { summaries, medians, ofRuns, shown: ofRuns };
  }
  const lowest = Math.min(...ofRuns.flatMap((figure) => figure.runs.map((run) => run.run)));
  const ofLowest = ofRuns.filter((figure) => figure.runs.some((run) => run.run === lowest));
  return { summaries, medians, ofRuns, shown: ofLowest.slice(0, mostRunFigures) };
}

function pageHead(data: ReportData, hasSummaries: boolean, hasMedians: boolean): string {
  const own = [["cells", "Cells"], ...(data.overall.length > 0 ? [["differences", "Differences"]] : [])];
  const summaries = hasSummaries ? [["summaries", "Summaries"]] : [];
  const curves = [...(hasMedians ? [["medians", "Medians"]] : []), ["runs", "Runs"]];
  const sections =
    data.judged > 0
      ? [["findings", "Findings"], ...summaries, ["rules", "Rules and numbers"], ...own, ...curves]
      : [...own, ...summaries, ...curves];
  const links = sections.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join("");
  const lines = formatHead(data).map((line) => `<p>${escapeMarkup(line)}</p>`);
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="icon" href="data:,">
<title>segloss: ${escapeMarkup(data.name)}</title><style>${pageStyle}</style></head>
<body><a class="skip" href="#main">To the results</a>
<header><h1>${escapeMarkup(data.name)}</h1>${lines.join("")}
<nav aria-label="Sections"><ul>${links}</ul></nav></header><main id="main">`;
}

function sectionStart(id: string, title: string): string {
  return `<section id="${id}" class="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>`;
}

function section(id: string, title: string, content: string): string {
  return `${sectionStart(id, title)}${content}</section>`;
}
