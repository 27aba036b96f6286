import { dirname, relative, sep } from "node:path";
import type { Keys } from "../../analysis/axes.js";
import type { CellSummary } from "../../analysis/cell-summary.js";
import type { Claim, Verdict } from "../../analysis/findings/claim.js";
import type { Finding } from "../../analysis/findings/findings.js";
import {
  axisNumber,
  columnLabel,
  formatEstimate,
  formatNumber,
  keyLabel,
  tickLabel,
} from "../../analysis/labels.js";
import type { PairedDifference } from "../../analysis/paired-differences.js";
import { mean, median } from "../../analysis/stats/estimates.js";
import type { Figure } from "../../figures/catalogue.js";
import { escapeMarkup } from "../../figures/svg/text.js";
import type { ReportData } from "../data.js";
import {
  differencesHelp,
  distinguishingKeys,
  formatAccuracies,
  formatConverged,
  formatHead,
  formatOriginal,
  formatPeak,
  formatRatio,
} from "../text.js";
import { pageScript } from "./page-script.js";
import { pageStyle } from "./page-style.js";
import { type PageCell, pageTable } from "./page-table.js";

/** Where the page and what it links to are. */
export interface SectionAnchor {
  /** The page's own path; null where it goes to stdout. */
  readonly path: string | null;
  /** The sweep's summary.csv, where there is one. */
  readonly summary: string | null;
}

/** More figures of runs than this make a page slow: then only the lowest run number of each setting is shown. */
const mostRunFigures = 60;

/** A figure is shrunk to this at most, so that its texts can be read; where the page is narrower it scrolls. */
const smallest = 0.72;

/** The report as one HTML page that needs nothing else: no network, no other file. `onFigure` hears of each one drawn. */
export function* pageParts(
  data: ReportData,
  gallery: readonly Figure[],
  place: SectionAnchor,
): Generator<string> {
  const summaries = gallery.filter((figure) => figure.kind !== "runs");
  const own = gallery.filter((figure) => figure.kind === "runs");
  const shown = runFiguresShown(own);
  yield head(data, summaries.length > 0);
  yield section("findings", "The study's six findings", overview(data.findings));
  if (summaries.length > 0) {
    yield sectionStart("summaries", "Summaries");
    for (const figure of summaries) {
      yield figureMarkup(figure, place);
    }
    yield "</section>";
  }
  yield section("rules", "The findings' rules and numbers", data.findings.map(findingMarkup).join("\n"));
  yield section("cells", "Cells", cellsTable(data));
  if (data.overall.length > 0) {
    yield section("differences", "Paired differences", differenceTables(data));
  }
  yield sectionStart("runs", "Runs");
  if (shown.length < own.length) {
    yield `<p>${shown.length} of ${own.length} figures, the lowest run number of each setting; segloss plot draws all.</p>`;
  }
  for (const figure of shown) {
    yield figureMarkup(figure, place);
  }
  yield `</section></main><div class="live" role="status" aria-live="polite"></div><script>${pageScript}</script></body></html>\n`;
}

/** How many figures the page holds. */
export function pageFigureCount(gallery: readonly Figure[]): number {
  const own = gallery.filter((figure) => figure.kind === "runs");
  return gallery.length - own.length + runFiguresShown(own).length;
}

function runFiguresShown(figures: readonly Figure[]): readonly Figure[] {
  if (figures.length <= mostRunFigures) {
    return figures;
  }
  const lowest = Math.min(...figures.flatMap((figure) => figure.runs.map((run) => run.run)));
  return figures.filter((figure) => figure.runs.some((run) => run.run === lowest)).slice(0, mostRunFigures);
}

function head(data: ReportData, summaries: boolean): string {
  const links = [
    ["findings", "Findings"],
    ...(summaries ? [["summaries", "Summaries"]] : []),
    ["rules", "Rules and numbers"],
    ["cells", "Cells"],
    ...(data.overall.length > 0 ? [["differences", "Differences"]] : []),
    ["runs", "Runs"],
  ];
  const items = links.map(([id, text]) => `<li><a href="#${id}">${text}</a></li>`).join("");
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="icon" href="data:,">
<title>segloss: ${escapeMarkup(data.name)}</title><style>${pageStyle}</style></head>
<body><a class="skip" href="#main">To the findings</a>
<header><h1>${escapeMarkup(data.name)}</h1>${formatHead(data)
    .map((line) => `<p>${escapeMarkup(line)}</p>`)
    .join("")}
<nav aria-label="Sections"><ul>${items}</ul></nav></header><main id="main">`;
}

function sectionStart(id: string, title: string): string {
  return `<section id="${id}" class="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>`;
}

function section(id: string, title: string, content: string): string {
  return `${sectionStart(id, title)}${content}</section>`;
}

function overview(findings: readonly Finding[]): string {
  const items = findings.map(
    ({ number, text, verdict }) =>
      `<li>${badge(verdict)} <a href="#finding-${number}">${number}. ${escapeMarkup(text)}</a></li>`,
  );
  return `<ol class="overview">${items.join("")}</ol>`;
}

function findingMarkup({ number, text, verdict, claims }: Finding): string {
  const tested = verdict === "not in this sweep" ? [] : claims;
  return `<article class="finding" id="finding-${number}"><h3>${number}. ${escapeMarkup(text)} ${badge(verdict)}</h3>${tested.map(claimMarkup).join("")}</article>`;
}

function claimMarkup(claim: Claim): string {
  const terms = [
    ["Rule", claim.rule],
    ["Here", claim.numbers],
    ["Original", claim.original],
  ].filter(([, text]) => text !== "");
  const list = terms.map(([term, text]) => `<dt>${term}</dt><dd>${escapeMarkup(text ?? "")}</dd>`).join("");
  return `<p class="claim">${escapeMarkup(claim.text)} ${badge(claim.verdict)}</p><dl>${list}</dl>`;
}

function badge(verdict: Verdict): string {
  const look = { holds: "holds", "does not hold": "fails", "not in this sweep": "absent" }[verdict];
  const sign = { holds: "✓", "does not hold": "✗", "not in this sweep": "–" }[verdict];
  return `<span class="verdict ${look}"><span aria-hidden="true">${sign}</span> ${verdict}</span>`;
}

function cellsTable({ cells, runs }: ReportData): string {
  const keys = distinguishingKeys(runs);
  const losses = [...new Set(cells.flatMap((cell) => cell.losses.map(({ loss }) => loss)))];
  const titles = [
    ...keys.map(keyTitle),
    "Runs",
    "Final accuracy",
    "Original",
    "Step at .99",
    ...losses.map((loss) => `${loss} norm, peak (step)`),
    ...losses.map((loss) => `${loss}, final`),
  ];
  const rows = cells.map((cell) => [
    ...keyCells(cell.keys, keys),
    { text: String(cell.runs.length), value: cell.runs.length },
    { text: formatAccuracies(cell.accuracies), value: mean(cell.accuracies) },
    {
      text: formatOriginal(cell),
      value: mean(cell.original.map(({ finalAccuracy }) => finalAccuracy ?? 0.9)),
    },
    { text: formatConverged(cell), value: median(cell.convergedSteps) },
    ...losses.map((loss) => peakCell(cell, loss)),
    ...losses.map((loss) => finalCell(cell, loss)),
  ]);
  return pageTable(
    "Means over runs and their ranges; peaks are those of the moving averages, of the run with the middle one",
    titles,
    rows,
  );
}

function peakCell(cell: CellSummary, loss: string): PageCell {
  const peak = cell.losses.find((summary) => summary.loss === loss)?.peakNorm;
  return { text: formatPeak(peak), value: peak?.value ?? Number.NaN };
}

function finalCell(cell: CellSummary, loss: string): PageCell {
  const value = cell.losses.find((summary) => summary.loss === loss)?.finalLoss ?? Number.NaN;
  return { text: formatNumber(value), value };
}

function differenceTables({ overall, byCell: comparisons, runs }: ReportData): string {
  const axes = [...new Set(comparisons.map(({ axis }) => axis.key))];
  const tables = axes.map((axis) => {
    const own = comparisons.filter((comparison) => comparison.axis.key === axis);
    const base = tickLabel(axis, own[0]?.base ?? "");
    const keys = distinguishingKeys(runs).filter((key) => key !== axis);
    return differenceTable(`By ${keyLabel(axis)}, cell by cell, against ${base}`, own, keys);
  });
  return [differenceTable(differencesHelp, overall, []), ...tables].join("\n");
}

function differenceTable(
  caption: string,
  comparisons: readonly PairedDifference[],
  keys: readonly string[],
): string {
  const losses = [...new Set(comparisons.flatMap(({ norms }) => [...norms.keys()]))];
  const averaged = keys.length === 0;
  const titles = [
    ...(averaged ? ["Axis"] : keys.map(keyTitle)),
    "Change",
    "Final accuracy",
    ...losses.map((loss) => `${loss} norm, ratio`),
  ];
  const rows = comparisons.map(({ axis, base, value, keys: cell, accuracy, norms }) => [
    ...(averaged ? [{ text: keyLabel(axis.key), heading: true }] : keyCells(cell, keys)),
    { text: `${columnLabel(axis.key, value)} against ${columnLabel(axis.key, base)}` },
    {
      text: accuracy === null ? "-" : formatEstimate(accuracy, 4, true),
      value: accuracy?.mean ?? Number.NaN,
    },
    ...losses.map((loss) => {
      const ratio = norms.get(loss);
      return { text: ratio === undefined ? "-" : formatRatio(ratio), value: ratio?.mean ?? Number.NaN };
    }),
  ]);
  return pageTable(caption, titles, rows);
}

function keyTitle(key: string): string {
  const words = keyLabel(key);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A cell's keys, a column each; the first names the row. */
function keyCells(keys: Keys, names: readonly string[]): readonly PageCell[] {
  return names.map((name, i) => {
    const value = keys.get(name) ?? "";
    const number = axisNumber({ key: name }, value);
    const cell = { text: columnLabel(name, value), ...(Number.isFinite(number) && { value: number }) };
    return i === 0 ? { ...cell, heading: true } : cell;
  });
}

function figureMarkup(figure: Figure, place: SectionAnchor): string {
  const { svg, description, width } = figure.draw();
  // The page's own text colour replaces the file's, and ids must be unique in a page.
  const inline = svg
    .replace(/<title>.*?<\/title><desc>.*?<\/desc>/s, "")
    .replace(/ color="#[0-9a-f]+"/, "")
    .replace(/(id="|url\(#)clip-/g, `$1${figure.name}-clip-`)
    .replace(
      /^(<svg [^>]*?) width="\d+(?:\.\d+)?" height="\d+(?:\.\d+)?"/,
      `$1 style="max-width:${width}px;min-width:${Math.round(width * smallest)}px"`,
    );
  const title = escapeMarkup(figure.title);
  return `<figure id="${escapeMarkup(figure.name)}"><div class="scroll" tabindex="0" role="region" aria-label="${title}">${inline.trim()}</div>
<figcaption>${escapeMarkup(description)} ${csvLinks(figure, place)}</figcaption></figure>
`;
}

/** Links to the CSVs that a figure shows: the runs' own, or the sweep's summary. */
function csvLinks(figure: Figure, place: SectionAnchor): string {
  const files = figure.kind === "runs" ? figure.runs.map((run) => run.source) : [place.summary ?? ""];
  const links = files.filter((file) => file !== "" && file !== "-").map((file) => csvLink(file, place));
  return links.length === 0 ? "" : `CSV: ${links.join(", ")}`;
}

function csvLink(file: string, { path }: SectionAnchor): string {
  const target = path === null ? file : relative(dirname(path), file);
  const url = target.split(sep).map(encodeURIComponent).join("/");
  return `<a href="${escapeMarkup(url)}">${escapeMarkup(target.split(sep).slice(-2).join("/"))}</a>`;
}
