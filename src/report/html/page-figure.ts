import { existsSync } from "node:fs";
import { dirname, relative, sep } from "node:path";
import type { IndexLink } from "../../explorer/model.js";
import type { Figure } from "../../figures/catalogue.js";
import { escapeMarkup } from "../../figures/svg/text.js";

/** Where the page is and what it can link to. */
export interface PageLocation {
  /** The page's own path; undefined for stdout. */
  readonly path: string | undefined;
  /** The path of the sweep's summary.csv; undefined if there is none. */
  readonly summary: string | undefined;
}

/** How far a figure may shrink before it scrolls instead: its texts stay readable. */
const smallestScale = 0.72;

/** Draws a figure into the page, with its description and links to its CSVs. */
export function pageFigure(figure: Figure, location: PageLocation): string {
  const { svg, description, width } = figure.draw();
  // Texts take the page's color in place of the file's, and the ids of clip paths must be unique in a page.
  const inline = svg
    .replace(/<title>.*?<\/title><desc>.*?<\/desc>/s, "")
    .replace(/ color="#[0-9a-f]+"/, "")
    .replace(/(id="|url\(#)clip-/g, `$1${figure.name}-clip-`)
    .replace(
      /^(<svg [^>]*?) width="\d+(?:\.\d+)?" height="\d+(?:\.\d+)?"/,
      `$1 style="max-width:${width}px;min-width:${Math.round(width * smallestScale)}px"`,
    );
  const title = escapeMarkup(figure.title);
  return `<figure id="${escapeMarkup(figure.name)}"><div class="scroll" tabindex="0" role="region" aria-label="${title}">${inline.trim()}</div>
<figcaption>${escapeMarkup(description)} ${csvLinks(figure, location)}</figcaption></figure>
`;
}

/** Returns links to the CSVs that a figure shows: those of its runs, or the sweep's summary. */
function csvLinks(figure: Figure, location: PageLocation): string {
  const files = figure.kind === "runs" ? figure.runs.map((run) => run.source) : [location.summary ?? ""];
  const links = [...new Set(files)]
    .filter((file) => file !== "" && file !== "-")
    .map((file) => linkMarkup(fileLink(file, location)));
  return links.length === 0 ? "" : `CSV: ${links.join(", ")}`;
}

/** Returns the name of a file, and its URL relative to the page if it exists. */
export function fileLink(file: string, { path }: PageLocation): IndexLink {
  const parts = (path === undefined ? file : relative(dirname(path), file)).split(sep);
  const name = parts.slice(-2).join("/");
  return existsSync(file) ? { name, href: parts.map(encodeURIComponent).join("/") } : { name };
}

function linkMarkup({ name, href }: IndexLink): string {
  const text = escapeMarkup(name);
  return href === undefined ? text : `<a href="${escapeMarkup(href)}">${text}</a>`;
}
