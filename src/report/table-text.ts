import type { Table, TableColumn } from "./tables.js";

/** The width of a report that is not written to a terminal. */
export const standardWidth = 100;

const gap = 2;

/**
 * Returns a table as lines of at most `width` characters if possible. A table that is too wide first has short titles, then
 * loses columns by their rank; a last line names those.
 */
export function formatTable(table: Table, width: number): readonly string[] {
  const texts = table.rows.map((row) => row.texts);
  const all = table.columns.map((column, i) => ({ column, cells: texts.map((row) => row[i] ?? "") }));
  if (widthOf(all.map((c) => measure(c, false))) <= width) {
    return lines(all, false);
  }
  let shown = all;
  const dropped: TableColumn[] = [];
  while (widthOf(shown.map((c) => measure(c, true))) > width) {
    const last = shown.reduce((a, b) => ((b.column.rank ?? 0) > (a.column.rank ?? 0) ? b : a));
    if (last.column.rank === undefined) {
      break;
    }
    shown = shown.filter((column) => column !== last);
    dropped.push(last.column);
  }
  const note = `not shown: ${dropped.map(({ title }) => title).join("; ")} (--wide shows them)`;
  return [...lines(shown, true), ...(dropped.length === 0 ? [] : wrapLine(note, width))];
}

/** A column with its cells. */
interface FilledColumn {
  readonly column: TableColumn;
  readonly cells: readonly string[];
}

function titleOf({ title, short }: TableColumn, isShort: boolean): string {
  return isShort ? (short ?? title) : title;
}

function measure({ column, cells }: FilledColumn, isShort: boolean): number {
  return Math.max(titleOf(column, isShort).length, ...cells.map((cell) => cell.length));
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + gap, -gap);
}

/** Pads columns to their widest cell. */
function lines(columns: readonly FilledColumn[], isShort: boolean): readonly string[] {
  const padded = columns.map((filled) => {
    const width = measure(filled, isShort);
    const { isNumber } = filled.column;
    return [titleOf(filled.column, isShort), ...filled.cells].map((cell) =>
      isNumber ? cell.padStart(width) : cell.padEnd(width),
    );
  });
  const count = padded[0]?.length ?? 0;
  return Array.from({ length: count }, (_, row) =>
    padded
      .map((cells) => cells[row] ?? "")
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

/** Breaks a line at spaces so that no line is longer than `width`, with further lines indented by `indent` spaces. */
export function wrapLine(text: string, width: number, indent = 0): readonly string[] {
  const wrapped: string[] = [];
  let line = text;
  while (line.length > width) {
    const first = line.search(/\S/);
    const space = line.lastIndexOf(" ", width);
    const next = space > first ? space : line.indexOf(" ", Math.max(width, first));
    if (next < 0) {
      break;
    }
    wrapped.push(line.slice(0, next).trimEnd());
    line = " ".repeat(indent) + line.slice(next + 1);
  }
  return [...wrapped, line];
}
