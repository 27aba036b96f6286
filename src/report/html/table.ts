import { escapeMarkup } from "../../figures/svg/text.js";

/** A cell of a page's table. */
export interface PageCell {
  readonly text: string;
  /** The number by which the cell is sorted; NaN goes last. A cell without one is sorted by its text. */
  readonly value?: number;
  /** True if the cell names its row. */
  readonly heading?: boolean;
}

/** Returns a table with sortable columns, in a box that scrolls where the page is narrow. */
export function pageTable(
  caption: string,
  titles: readonly string[],
  rows: readonly (readonly PageCell[])[],
): string {
  const head = titles
    .map((title) => `<th scope="col"><button type="button">${breakable(title)}</button></th>`)
    .join("");
  const body = rows.map((row) => `<tr>${row.map(cellMarkup).join("")}</tr>`).join("\n");
  const name = escapeMarkup(caption);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table><caption><span>${name}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}
</tbody></table></div>`;
}

function cellMarkup({ text, value, heading }: PageCell): string {
  const sortKey = value === undefined ? "" : ` data-value="${Number.isFinite(value) ? value : ""}"`;
  if (heading) {
    return `<th scope="row"${sortKey}>${breakable(text)}</th>`;
  }
  return `<td${value === undefined ? "" : ` class="number"`}${sortKey}>${breakable(text)}</td>`;
}

/** Escapes a text and lets it break after underscores, so that wide tables fit on paper. */
function breakable(text: string): string {
  return escapeMarkup(text).replaceAll("_", "_<wbr>");
}

/** The script that sorts a table by the buttons in its head. Without scripts the page lacks nothing else. */
export const sortScript = `
const live = document.querySelector(".live");
const key = (row, column) => {
  const cell = row.cells[column];
  const number = cell.dataset.value;
  return number === undefined ? cell.textContent : number === "" ? NaN : Number(number);
};
// Cells without a number go last in both directions.
const compare = (a, b, sign) =>
  typeof a === "string" || typeof b === "string" ? sign * String(a).localeCompare(String(b), "en", { numeric: true })
  : Number.isNaN(a) || Number.isNaN(b) ? Number.isNaN(a) - Number.isNaN(b) : sign * (a - b);
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const table = head.closest("table");
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => compare(key(a, head.cellIndex), key(b, head.cellIndex), up ? 1 : -1));
    body.append(...rows);
    live.textContent = "Sorted by " + button.textContent + ", " + (up ? "ascending" : "descending");
  });
}
`;
