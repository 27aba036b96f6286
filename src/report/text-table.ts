/** Returns a table as lines of text, its columns padded to their widest cell. */
export function formatTable(
  header: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = header.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => (row[i] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (header[i]?.right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(header.map((column) => column.title)), ...rows.map(line)];
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  /** Aligns the column to the right, for numbers. */
  readonly right?: boolean;
}
