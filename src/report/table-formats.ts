import { stringify } from "csv-stringify/sync";
import type { Table } from "./tables.js";

/** Returns tables in GitHub's Markdown. https://github.github.com/gfm/#tables-extension- */
export function formatMarkdown(tables: readonly Table[]): string {
  return tables.map(markdownTable).join("\n");
}

function markdownTable({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = columns.map(({ isNumber }) => (isNumber ? "--:" : "---"));
  return [
    `**${title}**`,
    "",
    line(columns.map((column) => column.title)),
    line(rule),
    ...rows.map((row) => line(row.texts)),
    "",
  ].join("\n");
}

/** Returns tables in LaTeX, with the rules of the package booktabs. */
export function formatLatex(tables: readonly Table[]): string {
  return tables.map(latexTable).join("\n");
}

function latexTable({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `${cells.map(escapeLatex).join(" & ")} \\\\`;
  const alignment = columns.map(({ isNumber }) => (isNumber ? "r" : "l")).join("");
  return [
    `% ${title}`,
    `\\begin{tabular}{${alignment}}`,
    "\\toprule",
    line(columns.map((column) => column.title)),
    "\\midrule",
    ...rows.map((row) => line(row.texts)),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

/** Returns the plain values of tables as one CSV: in full precision, with keys as in the runs' CSVs, empty if there is none. */
export function formatCsv(tables: readonly Table[]): string {
  const rows = tables.flatMap((table) => table.rows);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.values)))];
  const lines = rows.map((row) => names.map((name) => row.values[name] ?? ""));
  return stringify([names, ...lines], { cast: { number: String } });
}

/** Escapes what LaTeX reads as a command. https://www.latex-project.org/help/documentation/usrguide.pdf */
function escapeLatex(text: string): string {
  return text
    .replace(
      /[\\{}$&#_%~^]/g,
      (char) =>
        ({ "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}" })[char] ??
        `\\${char}`,
    )
    .replaceAll("->", "$\\to$")
    .replaceAll("<", "$<$");
}
