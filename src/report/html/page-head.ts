import { escapeMarkup } from "../../figures/svg/text.js";
import type { ReportData } from "../data.js";
import { originOf } from "../origin.js";
import { formatHead } from "../text.js";

/** A section of the page: its id and its title. */
export type PageSection = readonly [id: string, title: string];

/** Returns what stands below the page's title: what the sweep is, where it comes from, and the sections. */
export function pageHead(data: ReportData, sections: readonly PageSection[]): string {
  const [count = "", ...notes] = formatHead(data);
  const links = sections.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join("");
  return `<p class="summary">${escapeMarkup(count)}</p>
${notes.map((note) => `<p class="note">${escapeMarkup(note)}</p>`).join("")}
${originList(data)}
<nav aria-label="Sections"><ul>${links}</ul></nav>`;
}

/** Returns the origin of the runs, folded away unless the page is printed. */
function originList(data: ReportData): string {
  const { facts, config } = originOf(data);
  const items = facts.map(({ name, text }) => `<dt>${name}</dt><dd>${escapeMarkup(text)}</dd>`).join("");
  const values =
    config === undefined ? "" : `<h2>All parameters</h2><pre>${escapeMarkup(configText(config))}</pre>`;
  return `<details class="origin"><summary>Where it comes from</summary><dl>${items}</dl>${values}</details>`;
}

/** Writes a config as JSON with one key a line. */
function configText(config: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(config).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value).replaceAll(",", ", ")}`,
  );
  return `{\n${lines.join(",\n")}\n}`;
}
