/** Says a line to the person at the terminal; stdout is for data. */
export function printLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A count with its noun: "1 run", "12 runs". */
export function pluralize(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The first lines of many, and how many are left out. */
export function truncateList(lines: readonly string[], most = 20): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`];
}
