import { announce } from "./dom.js";

/** Lets the buttons in the heads of the page's tables sort them, in both directions. */
export function addSorting(): void {
  for (const button of document.querySelectorAll<HTMLElement>("th button")) {
    button.addEventListener("click", () => sortBy(button));
  }
}

function sortBy(button: HTMLElement): void {
  const head = button.closest("th");
  const body = head?.closest("table")?.tBodies[0];
  if (head === null || body === undefined) {
    return;
  }
  const isAscending = head.getAttribute("aria-sort") !== "ascending";
  for (const other of head.parentElement?.children ?? []) {
    other.removeAttribute("aria-sort");
  }
  head.setAttribute("aria-sort", isAscending ? "ascending" : "descending");
  const sign = isAscending ? 1 : -1;
  const keys = [...body.rows].map((row) => ({ row, key: sortKey(row.cells[head.cellIndex]) }));
  keys.sort((a, b) => compareKeys(a.key, b.key, sign));
  body.append(...keys.map(({ row }) => row));
  announce(`Sorted by ${button.textContent}, ${isAscending ? "ascending" : "descending"}`);
}

/** Returns the number of a cell, NaN if it has none, or its text. */
function sortKey(cell: HTMLTableCellElement | undefined): number | string {
  const number = cell?.dataset.value;
  return number === undefined ? (cell?.textContent ?? "") : number === "" ? Number.NaN : Number(number);
}

/** Cells without a number go last in both directions. */
function compareKeys(a: number | string, b: number | string, sign: number): number {
  if (typeof a === "string" || typeof b === "string") {
    return sign * String(a).localeCompare(String(b), "en", { numeric: true });
  }
  return Number.isNaN(a) || Number.isNaN(b)
    ? Number(Number.isNaN(a)) - Number(Number.isNaN(b))
    : sign * (a - b);
}
