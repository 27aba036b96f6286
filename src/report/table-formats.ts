import { stringify } from "csv-stringify/sync";
import type { Table } from "./tables.js";

/** Returns tables in GitHub's Markdown. https://github.github.com/gfm/#tables-extension- */
export function formatMarkdown(tables: readonly Table[]): string {
  return tables.map(markdownTable).join("\n");
}

function markdownTable({ title, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const rule = columns.map(({ isNumber }) => (isNumber ? "--:" : "---"));
  return [
    `**${escapeMarkdown(title)}**`,
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
  const lines = rows.map((row) => {
    const values = new Map(Object.entries(row.values));
    return names.map((name) => values.get(name) ?? "");
  });
  return stringify([names, ...lines], { cast: { number: String, string: escapeFormula } });
}

/**
 * Returns a text that a spreadsheet does not run as a formula, with an apostrophe before it where it would. Numbers stay.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
function escapeFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
}

/** Escapes what Markdown reads as markup. Brackets that begin no link stay, as in intervals, and underscores within words. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*|~$]|(?<!\w)_|_(?!\w)/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/\](?=[([:])/g, "\\]");
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
