import { escapeMarkup } from "../../figures/svg/text.js";
import type { ReportData } from "../data.js";
import { originOf } from "../origin.js";
import { formatHead } from "../text.js";
import { pageStyle } from "./style.js";

/** A section of the page: its id and its title. */
export type PageSection = readonly [id: string, title: string];

/** Forbids every request: the page needs no other file and no network. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** Returns the page's head and the beginning of its body: what the sweep is, where it comes from, and the sections. */
export function pageHead(
  data: ReportData,
  only: readonly string[],
  sections: readonly PageSection[],
): string {
  const name = escapeMarkup(data.name);
  const [count = "", ...notes] = formatHead(data);
  const links = sections.map(([id, title]) => `<li><a href="#${id}">${title}</a></li>`).join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="icon" href="data:,">
<title>segloss: ${name}</title><style>${pageStyle}</style></head>
<body><a class="skip" href="#main">To the results</a>
<header><h1>${name}</h1>
<p>${escapeMarkup(count)}</p>
${originList(data, only)}
${notes.map((note) => `<p class="note">${escapeMarkup(note)}</p>`).join("")}
<nav aria-label="Sections"><ul>${links}</ul></nav></header><main id="main">`;
}

function originList({ runs }: ReportData, only: readonly string[]): string {
  const { facts, config } = originOf(runs);
  const filter = only.length === 0 ? [] : [{ name: "Only", text: only.join(",") }];
  const items = [...filter, ...facts]
    .map(({ name, text }) => `<dt>${name}</dt><dd>${escapeMarkup(text)}</dd>`)
    .join("");
  const values =
    config === undefined
      ? ""
      : `<details><summary>All parameters</summary><pre>${escapeMarkup(configText(config))}</pre></details>`;
  return `<dl class="origin">${items}</dl>${values}`;
}

/** Writes a config as JSON with one key a line. */
function configText(config: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(config).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value).replaceAll(",", ", ")}`,
  );
  return `{\n${lines.join(",\n")}\n}`;
}
