// The lines that segloss prints for a person. They go to stderr: stdout is for data.

/** Prints a line. */
export function printLine(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Returns a count with its noun: "1 run", "12 runs". */
export function pluralize(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns the size of a sweep: "36 cells, 108 runs". */
export function sweepSize(cells: number, runs: number): string {
  return `${pluralize(cells, "cell")}, ${pluralize(runs, "run")}`;
}

/** Returns the first lines of a list, followed by how many are left out if there are more than `most`. */
export function truncateList(lines: readonly string[], most = 20): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `and ${lines.length - most} more`];
}
