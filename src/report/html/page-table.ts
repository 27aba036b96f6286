import { escapeMarkup } from "../../figures/svg/text.js";

/** A cell of a page's table: its text and, for a number, what it is sorted by. */
export interface PageCell {
  readonly text: string;
  readonly value?: number;
  /** The cell names its row. */
  readonly heading?: boolean;
}

/** A table whose columns can be sorted, within a box that scrolls where the page is narrow. */
export function pageTable(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly PageCell[])[],
): string {
  const head = titles
    .map((title) => `<th scope="col"><button type="button">${escapeMarkup(title)}</button></th>`)
    .join("");
  const body = rows.map((row) => `<tr>${row.map(cellMarkup).join("")}</tr>`).join("\n");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(caption)}"><table><caption><span>${escapeMarkup(caption)}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

function cellMarkup({ text, value, heading }: PageCell): string {
  const sorting = value === undefined ? "" : ` data-value="${Number.isFinite(value) ? value : ""}"`;
  if (heading) {
    return `<th scope="row"${sorting}>${escapeMarkup(text)}</th>`;
  }
  return `<td${value === undefined ? "" : ` class="number"`}${sorting}>${escapeMarkup(text)}</td>`;
}
