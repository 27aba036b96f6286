/** The report's script: tables are sorted by the buttons in their heads. Without it the page only lacks the sorting. */
export const pageScript = `
const live = document.querySelector(".live");
const key = (row, column) => {
  const cell = row.cells[column];
  const number = cell.dataset.value;
  return number === undefined ? cell.textContent : number === "" ? NaN : Number(number);
};
// What has no number goes last, whichever way the rest is sorted.
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
